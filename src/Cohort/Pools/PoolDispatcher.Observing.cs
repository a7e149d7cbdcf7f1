using System.Diagnostics;
using Cohort.Platform;
using Cohort.Pools.Observing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What can be seen of the pool from outside.</summary>
internal sealed partial class PoolDispatcher
{
    private readonly PoolLedger _ledger;
    private readonly PoolTimeline? _timeline;
    private readonly PoolOutput? _output;

    private static readonly TimeSpan s_startIsOver = TimeSpan.FromSeconds(1);

    /// <summary>What the kernel's counter stood at soon after the pool was made; −1 while that is not known.</summary>
    private long _oomKillsBefore = -1;

    public PoolLoad Load => Look(CountLoad);

    public PoolStatistics Statistics() => Look(() => _ledger.ToStatistics(
        Array.ConvertAll(_workers, static worker => worker.Ledger.ToStatistics(worker.InFlight.Count > 0)), CountLoad()));

    /// <summary>What there is to draw; null when nothing was recorded.</summary>
    public TimelineSnapshot? Timeline() => _timeline is { } timeline
        ? Look(() => timeline.Snapshot(_workers.Select(static worker => worker.Ledger)))
        : null;

    /// <summary>Reads what belongs to the gate, and does what others left to its holder meanwhile.</summary>
    private T Look<T>(Func<T> read)
    {
        T result;
        lock (_gate)
        {
            result = read();
        }

        if (HasNewWork())
        {
            Poke();
        }

        return result;
    }

    private PoolLoad CountLoad()
    {
        long queued = _ready.CallCount + _submitted.Count;
        int busy = 0;
        foreach (PoolWorker worker in _workers)
        {
            if (worker.InFlight.Count > 0)
            {
                busy++;
                queued += worker.InFlight.CallCount - worker.InFlight.First.Count;
            }

            queued += worker.Load - worker.InFlight.Count;
        }

        _delayed.ForEach(delayed => queued += delayed.Item.Count);
        return new PoolLoad(queued, busy);
    }

    /// <summary>Not while the pool starts, when every processor has better things to do.</summary>
    private void RememberOomKills() => Task.Delay(s_startIsOver).ContinueWith(
        _ =>
        {
            if (!Volatile.Read(ref _hasEnded))
            {
                Volatile.Write(ref _oomKillsBefore, CgroupOomKills.Read("/") ?? -1);
            }
        },
        TaskScheduler.Default);

    /// <summary>What is to be known of a dead worker, while its things are still there.</summary>
    private PostMortem Examine(PoolWorker worker, ChildExit exit, WorkItem? running)
    {
        string[] lastErrorLines = worker.Output?.Finish() ?? [];
        _output?.NoteDeath();
        if (running is null)
        {
            return PostMortem.Unknown;
        }

        long before = Volatile.Read(ref _oomKillsBefore);
        bool mayBeOom = before >= 0 && exit is { Kind: ChildExitKind.Signaled, Value: Signal.SIGKILL };
        return new PostMortem
        {
            ReasonOfKill = worker.Handle.ReasonOfKill,
            Runtime = Stopwatch.GetElapsedTime(worker.LastProgress),
            PeakMemory = PeakOf(exit),
            LastErrorLines = lastErrorLines,
            OomKills = mayBeOom ? (CgroupOomKills.Read("/") ?? before) - before : 0,
        };
    }

    private static long? PeakOf(ChildExit exit) => exit.Usage is { MaxResidentBytes: > 0 and long peak } ? peak : null;

    private void NoteFailure(WorkItem item)
    {
        if (!item.FailsInParts)
        {
            _ledger.NoteOutcomes(item.Count, item.Count);
        }
    }

    private void NoteDeath(PoolWorker worker, ChildExit exit, WorkItem? culprit)
    {
        string cause = culprit is null ? exit.ToString() : $"{exit} while it ran {culprit.Describe()}";
        ReportDown(worker, exit, culprit, cause);
        _timeline?.AddEnd(worker.Ledger, cause, culprit, worker.LastProgress);
        if (_stopReason is not null || _closing)
        {
            return;
        }

        if (worker.Tenure is { IsRetired: true, IsDue: false })
        {
            // There shall be fewer, so none comes in its place.
            return;
        }

        _ledger.NoteEnd(worker.Ledger, worker.Tenure.IsDue ? $"{cause}, to be replaced" : cause, PeakOf(exit));
        if (!worker.IsLeaving)
        {
            _ledger.NoteLoss();
        }
    }
}
