using System.Diagnostics;

namespace Cohort.Pools.Observing;

// Overview
//
// Items are counted where their results arrive, which is in the middle of a pool's pass: no code of the user may run there.
// A timer looks at the counts and reports them, if they changed, on a thread of the thread pool. The end of the map reports
// once more, on the thread that ends it, and after a report that is just being made: so the last one is the last.

/// <summary>Counts what a map has done and reports it at intervals.</summary>
internal sealed class ProgressMeter : IDisposable
{
    private readonly Lock _reporting = new();
    private readonly IProgress<PoolProgress> _target;
    private readonly string _pool;
    private readonly long? _total;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Timer _timer;
    private long _done;
    private long _failed;
    private long _reported;
    private bool _hasEnded;
    private bool _hasFaulted;

    public ProgressMeter(TaskOptions options, string pool, long? total)
    {
        _target = options.Progress!;
        _pool = pool;
        _total = total;

        // Without the caller's context, which the timer would keep alive and give to the reports of all other threads.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _timer = new Timer(static meter => ((ProgressMeter)meter!).Tick(), this, options.ProgressInterval, options.ProgressInterval);
        }
    }

    /// <summary>Some items have their outcome.</summary>
    public void Note(int count, bool failed) => Interlocked.Add(ref failed ? ref _failed : ref _done, count);

    /// <summary>The map has ended: the last report.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_reporting)
        {
            if (!_hasEnded)
            {
                _hasEnded = true;
                Report(isLast: true);
            }
        }
    }

    private void Tick()
    {
        // One at a time: a target that is slow gets fewer.
        if (!_reporting.TryEnter())
        {
            return;
        }

        try
        {
            if (!_hasEnded && Interlocked.Read(ref _done) + Interlocked.Read(ref _failed) != _reported)
            {
                Report(isLast: false);
            }
        }
        finally
        {
            _reporting.Exit();
        }
    }

    private void Report(bool isLast)
    {
        long done = Interlocked.Read(ref _done);
        long failed = Interlocked.Read(ref _failed);
        _reported = done + failed;
        try
        {
            _target.Report(new PoolProgress(done, failed, _total, Stopwatch.GetElapsedTime(_start), isLast));
        }
        catch (Exception exception)
        {
            // The work itself is not at fault. One line says so, not one for each report.
            if (!_hasFaulted)
            {
                _hasFaulted = true;
                WorkerLog.Note(WorkerLog.Warning, $"a progress handler of pool {_pool} failed: {exception}");
            }
        }
    }
}
