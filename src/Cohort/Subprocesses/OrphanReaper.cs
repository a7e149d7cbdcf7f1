using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>
/// Reaps processes that belong to nobody: what a program needs that is the first process of a container (pid 1), or a
/// subreaper, since the kernel gives it every process whose parent has died.
/// </summary>
/// <remarks>
/// Overview. "Any child" must not be waited for: that would take the exit codes of <see cref="Process"/>, of native libraries
/// and of this library. So all dead children are looked at, by /proc. Those that this library started are known and left
/// alone. Others may be somebody's, who takes them as soon as they are dead; so one is reaped when it has been dead at two
/// looks in a row. (Where this process is pid 1 and has used <see cref="Process"/>, the runtime reaps all children itself.)
/// </remarks>
public sealed class OrphanReaper : IDisposable
{
    /// <summary>The default time between two looks: 5 seconds.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private HashSet<ProcessIdentity> _seenBefore = [];
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
                HashSet<ProcessIdentity> dead = [.. Orphans.FindDead()];
                foreach (ProcessIdentity orphan in dead)
                {
                    if (_seenBefore.Contains(orphan) && Orphans.TryReap(orphan))
                    {
                        Interlocked.Increment(ref _count);
                    }
                }

                _seenBefore = dead;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // No descriptor is left just now: the next look will do.
                Trace.TraceError($"Cohort: cannot look for orphans: {e.Message}");
            }
        }
    }
}
