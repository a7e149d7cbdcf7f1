using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>
/// Reaps processes that belong to nobody: what a program needs that is the first process of a container (pid 1), or a
/// subreaper, since the kernel gives it every process whose parent has died.
/// </summary>
/// <remarks>
/// Children that somebody waits for are left alone: those that this library started are known, and others are reaped only
/// when they have been dead at two looks in a row. (Where this process is pid 1 and has used <see cref="Process"/>, the
/// runtime reaps all children itself.)
/// </remarks>
public sealed class OrphanReaper : IDisposable
{
    /// <summary>The default time between two looks: 5 seconds.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly OrphanSweep _sweep = new();
    private readonly Timer _timer;
    private long _count;
    private bool _isDisposed;

    /// <summary>Starts looking, on the thread pool.</summary>
    /// <param name="interval">
    /// The time between two looks, null for <see cref="DefaultInterval"/>. Whoever else starts children in this process has at
    /// least that long to take their exit codes.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is below a millisecond, or longer than a timer can be.</exception>
    public OrphanReaper(TimeSpan? interval = null)
    {
        TimeSpan period = interval ?? DefaultInterval;
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.FromMilliseconds(1), nameof(interval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period.TotalMilliseconds, uint.MaxValue - 1, nameof(interval));
        OperatingSystems.EnsureSupported();
        _timer = new Timer(static state => ((OrphanReaper)state!).Look(), this, period, period);
    }

    /// <summary>How many it has reaped so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Stops.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        _timer.Dispose();
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            try
            {
                Interlocked.Add(ref _count, _sweep.Look());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // No descriptor is left just now: the next look will do.
                Trace.TraceError($"Cohort: cannot look for orphans: {e.Message}");
            }
        }
    }
}
