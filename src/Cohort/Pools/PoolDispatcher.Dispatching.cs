using System.Diagnostics;

namespace Cohort.Pools;

/// <summary>Which worker gets what.</summary>
internal sealed partial class PoolDispatcher
{
    /// <summary>At most this many items go to one worker before the next is looked at.</summary>
    private const int MaxBurst = 64;

    /// <summary>How long a worker may sit on tasks that an idle one could run.</summary>
    private static readonly long s_stealAfter = Stopwatch.Frequency / 1000;

    private bool HasWork => !_ready.IsEmpty;

    private bool Dispatch()
    {
        if (!HasWork)
        {
            return Rebalance();
        }

        // Idle workers first, one each: a lone task always finds the first idle worker, which is likely still awake.
        bool sent = Feed(onlyIdle: true, 1);
        bool more = HasWork;
        while (more)
        {
            // Of maps each worker gets as much as of the others: a slow one must not have the tasks of one map only.
            int burst = _ready.HasSources ? _ready.WholeRounds(4) : Math.Clamp(_ready.Count / _target, 1, MaxBurst);
            more = Feed(onlyIdle: false, burst) && HasWork;
            sent |= more;
        }

        return sent;
    }

    /// <summary>Sends each worker that has room up to so many items; whether any was sent.</summary>
    private bool Feed(bool onlyIdle, int burst)
    {
        bool sent = false;
        foreach (PoolWorker worker in _workers)
        {
            if (onlyIdle && worker.InFlight.Count > 0)
            {
                continue;
            }

            bool sentHere = false;
            for (int i = 0; i < burst && worker.CanTake && _ready.TryNext(_target, out WorkItem? item); i++)
            {
                sentHere |= SendOrFail(worker, item);
            }

            if (sentHere)
            {
                worker.Publish();
                NoteSent(worker);
                sent = true;
            }
        }

        return sent;
    }

    private bool SendOrFail(PoolWorker worker, WorkItem item)
    {
        try
        {
            if (worker.Send(item))
            {
                _ledger.NoteStarted(item.Count);
                Report(PoolEventKind.TaskSent, worker, item);
                return true;
            }

            _ready.PushFront(item);
            return false;
        }
        catch (Exception exception)
        {
            // The arguments cannot travel, or code of their own failed on the way.
            item.GiveUpMessage();
            NoteFailure(item);
            item.Fail(Explain(item, exception));
            return true;
        }
    }

    /// <summary>Gives idle workers what waits behind a long task elsewhere. Called when nothing else is to be sent.</summary>
    private bool Rebalance()
    {
        if (FindStuck(Stopwatch.GetTimestamp() - s_stealAfter) is not { } stuck)
        {
            return false;
        }

        foreach (WorkItem item in stuck.TakeBack())
        {
            _ready.PushFront(item);
        }

        return _ready.Count > 0 && Feed(onlyIdle: true, Math.Max(1, _ready.Count / 2)) | Feed(onlyIdle: false, MaxBurst);
    }

    /// <summary>A worker with waiting tasks that made no progress since then, while another has nothing to do.</summary>
    private PoolWorker? FindStuck(long since) => HasIdle()
        ? Array.Find(_workers, w => w.IsReady && w.Load > 1 && w.LastProgress < since)
        : null;

    private bool HasIdle() => Array.Exists(_workers, static w => w.CanTake && w.InFlight.Count == 0);
}
