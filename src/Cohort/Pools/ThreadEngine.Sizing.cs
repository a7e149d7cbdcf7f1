using System.Diagnostics;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>How many threads there are. A thread has a place; those whose place is beyond the target leave when they next look for work.</summary>
internal sealed partial class ThreadEngine
{
    private int _target;

    public int WorkerCount => Volatile.Read(ref _target);

    /// <summary>Aims at so many threads from now on.</summary>
    /// <exception cref="PoolBrokenException">The pool cannot go on.</exception>
    /// <exception cref="OutOfMemoryException">The system could not start a thread; the pool aims at what it has got.</exception>
    public void Resize(int workers)
    {
        lock (_gate)
        {
            if (_stopReason is not null || _closing)
            {
                if (_stopReason is PoolBrokenException broken)
                {
                    throw new PoolBrokenException(broken.Message, broken);
                }

                return;
            }

            Array.Resize(ref _threads, Math.Max(_threads.Length, workers));
            Array.Resize(ref _running, _threads.Length);
            Array.Resize(ref _workers, _threads.Length);
            Volatile.Write(ref _target, Math.Min(workers, _target));
            Monitor.PulseAll(_gate);
            for (int i = _target; i < workers; i++)
            {
                StartThread(i);
                Volatile.Write(ref _target, i + 1);
            }
        }
    }

    private IEnumerable<PoolWorkerStatistics> LivingWorkers() => _workers
        .Select((worker, place) => worker?.ToStatistics(_running[place] is not null))
        .OfType<PoolWorkerStatistics>();

    /// <summary>Unless the one that is to leave is still there: then it stays.</summary>
    private void StartThread(int place)
    {
        if (_threads[place] is not null)
        {
            return;
        }

        Thread thread = new(() => Run(place)) { IsBackground = true, Name = $"{_name}-{place + 1}" };
        Interlocked.Increment(ref _alive);
        _workers[place] = new WorkerLedger(place + 1, thread.Name, Environment.ProcessId, Stopwatch.GetTimestamp());
        try
        {
            // Not started as part of whatever the caller is in, which it outlives.
            thread.UnsafeStart();
        }
        catch
        {
            Interlocked.Decrement(ref _alive);
            _workers[place] = null;
            throw;
        }

        _threads[place] = thread;
    }

    /// <summary>Whether the thread is one too many; then its place is free from now on.</summary>
    private bool TryLeave(int place)
    {
        if (place < _target)
        {
            return false;
        }

        _gone.RemoveAll(static thread => !thread.IsAlive);
        _gone.Add(_threads[place]!);
        _threads[place] = null;
        _workers[place] = null;

        // It may have been woken for work, which another has to do now.
        Monitor.Pulse(_gate);
        return true;
    }
}
