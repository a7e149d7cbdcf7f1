using System.Diagnostics;

namespace Cohort.Pools.Observing;

// Overview
//
// The engines count here what they do; all of it belongs to their gate, so that counting is adding. What costs more is done
// only where somebody wants it: instruments while they have a listener, the text of arguments for a task that is slower than
// the slowest few so far.

/// <summary>The books of a pool.</summary>
internal sealed class PoolLedger(string pool)
{
    private const int MaxSlowest = 5;
    private const int MaxRestarts = 100;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<PoolSlowTask> _slowest = new(MaxSlowest + 1);
    private readonly Queue<PoolRestart> _restarts = new();
    private long _done;
    private long _failed;
    private long _retried;
    private int _restartCount;

    /// <summary>Tasks whose calls take no longer than this are not among the slowest. Starts below all.</summary>
    private long _slowestTicks = -1;

    public string Pool => pool;

    /// <summary>Some calls were handed to a worker.</summary>
    public void NoteStarted(int count)
    {
        if (PoolMetrics.Started.Enabled)
        {
            PoolMetrics.Add(PoolMetrics.Started, count, pool);
        }
    }

    /// <summary>A worker has run a task; what became of its result is noted apart.</summary>
    public void NoteRun(WorkerLedger worker, WorkItem item, TimeSpan elapsed, bool failed)
    {
        int count = item.Count;
        worker.WorkTicks += elapsed.Ticks;
        if (failed)
        {
            worker.Failed += count;
        }
        else
        {
            worker.Done += count;
        }

        long each = count == 1 ? elapsed.Ticks : elapsed.Ticks / Math.Max(count, 1);
        if (each > _slowestTicks)
        {
            NoteSlow(worker, item, each);
        }

        if (PoolMetrics.Duration.Enabled)
        {
            PoolMetrics.RecordDuration(TimeSpan.FromTicks(each), pool);
        }
    }

    /// <summary>Some calls have their outcome.</summary>
    public void NoteOutcomes(int count, int failed)
    {
        _done += count - failed;
        _failed += failed;
        if (count > failed && PoolMetrics.Completed.Enabled)
        {
            PoolMetrics.Add(PoolMetrics.Completed, count - failed, pool);
        }

        if (failed > 0 && PoolMetrics.Failed.Enabled)
        {
            PoolMetrics.Add(PoolMetrics.Failed, failed, pool);
        }
    }

    /// <summary>Some calls will be run again.</summary>
    public void NoteRetry(int count)
    {
        _retried += count;
        PoolMetrics.Add(PoolMetrics.Retried, count, pool);
    }

    /// <summary>A worker is gone before its time, and will be replaced.</summary>
    public void NoteEnd(WorkerLedger worker, string cause, long? peakMemory)
    {
        _restartCount++;
        _restarts.Enqueue(new PoolRestart(worker.Name, worker.ProcessId, cause, TimeProvider.System.GetUtcNow(), peakMemory));
        if (_restarts.Count > MaxRestarts)
        {
            _restarts.Dequeue();
        }

        PoolMetrics.Add(PoolMetrics.Restarts, 1, pool);
    }

    /// <summary>A worker died of a task, or by itself, without anybody having asked for it.</summary>
    public void NoteLoss() => PoolMetrics.Add(PoolMetrics.WorkersLost, 1, pool);

    public PoolStatistics ToStatistics(IReadOnlyList<PoolWorkerStatistics> workers, PoolLoad load) => new()
    {
        Pool = pool,
        Age = Stopwatch.GetElapsedTime(_start),
        Workers = workers,
        TasksDone = _done,
        TasksFailed = _failed,
        TasksRetried = _retried,
        QueueLength = load.Queued,
        Running = load.Busy,
        RestartCount = _restartCount,
        Restarts = [.. _restarts],
        Slowest = [.. _slowest],
    };

    private void NoteSlow(WorkerLedger worker, WorkItem item, long each)
    {
        string arguments;
        try
        {
            // Whose caller was told that it is late may have its arguments in use for something else by now.
            arguments = item.IsSettled ? "<timed out>" : item.DescribeArguments();
        }
        catch (Exception exception)
        {
            arguments = $"<no text: {exception.GetType().Name}>";
        }

        int place = _slowest.FindIndex(slow => slow.Duration.Ticks < each);
        _slowest.Insert(
            place < 0 ? _slowest.Count : place,
            new PoolSlowTask(item.Describe(), arguments, TimeSpan.FromTicks(each), item.Count, worker.Name));
        if (_slowest.Count > MaxSlowest)
        {
            _slowest.RemoveAt(MaxSlowest);
        }

        if (_slowest.Count == MaxSlowest)
        {
            _slowestTicks = _slowest[^1].Duration.Ticks;
        }
    }
}

/// <summary>What a pool has to do just now.</summary>
/// <param name="Queued">Calls that wait for a worker.</param>
/// <param name="Busy">Workers that run something.</param>
internal readonly record struct PoolLoad(long Queued, int Busy);
