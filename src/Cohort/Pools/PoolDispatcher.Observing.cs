using Cohort.Platform;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>What can be seen of the pool from outside.</summary>
internal sealed partial class PoolDispatcher
{
    private readonly PoolLedger _ledger;

    public PoolLoad Load => Look(CountLoad);

    public PoolStatistics Statistics() => Look(() => _ledger.ToStatistics(
        Array.ConvertAll(_workers, static worker => worker.Ledger.ToStatistics(worker.InFlight.Count > 0)), CountLoad()));

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

    private void NoteDeath(PoolWorker worker, ChildExit exit, WorkItem? culprit)
    {
        string cause = culprit is null ? exit.ToString() : $"{exit} while it ran {culprit.Describe()}";
        _ledger.NoteEnd(worker.Ledger, cause, exit.Usage?.MaxResidentBytes is > 0 and { } peak ? peak : null);
        if (!worker.IsLeaving)
        {
            _ledger.NoteLoss();
        }
    }
}
