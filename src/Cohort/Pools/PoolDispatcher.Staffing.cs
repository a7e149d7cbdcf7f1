using Cohort.Platform;

namespace Cohort.Pools;

// Overview
//
// A pool of n workers never runs more than n tasks at once, and should never run fewer for want of a worker. So there may be
// more processes than that for a while: whoever is due to be replaced works on while its replacement comes up, and the
// replacement waits until the place is free.
//
//      coming up ──ready──► spare ──a place is free──► active ──► due ──► retired ──► gone
//
//      due       a replacement is on its way: its last task is near, it is too old or too large
//      retired   what it has not begun was taken back; it ends what it runs, reads that it is to leave, and does so
//
//      _target   how many the user wants (Resize)
//      _wanted   how many of these are needed now: all, unless idle ones may leave
//
// A place is taken by an active worker until it is dead, or has nothing to do any more and will get nothing. Places have
// numbers (indices), below _target. A worker is told its own at its start, since its initializer may ask; so a replacement is
// started for the place of the one that it replaces, and waits for that place and no other. Everything is derived from the workers' states, by Staff(), whenever something has changed that it depends on (_needsStaff).

/// <summary>How many workers there are, and which of them work.</summary>
internal sealed partial class PoolDispatcher
{
    private int _target;
    private int _wanted;

    /// <summary>The target that <see cref="_wanted"/> has followed.</summary>
    private int _followed;

    /// <summary>How many retired workers could not be told to leave yet.</summary>
    private int _leavers;
    private bool _needsStaff;

    /// <summary>How many workers the pool aims at.</summary>
    public int WorkerCount => Volatile.Read(ref _target);

    /// <summary>Aims at so many workers from now on.</summary>
    /// <exception cref="PoolBrokenException">The pool cannot go on.</exception>
    public void Resize(int workers)
    {
        if (Volatile.Read(ref _stopReason) is PoolBrokenException broken)
        {
            throw new PoolBrokenException(broken.Message, broken);
        }

        Volatile.Write(ref _target, workers);
        Post(FollowTarget);
    }

    /// <summary>All are started at first; idle ones leave later. Where some have left, those that stay may be enough already.</summary>
    private void FollowTarget()
    {
        bool hasLess = _wanted < _followed;
        _wanted = hasLess && _target <= _followed ? Math.Min(_wanted, _target) : _target;
        _followed = _target;
        _needsStaff = true;
    }

    /// <summary>Sends what can be sent, with as many workers as are needed; whether anything was done.</summary>
    private bool Serve()
    {
        bool progressed = false;
        do
        {
            progressed |= Staff() | Dispatch();
            RaiseToDemand();
        }
        while (_needsStaff);
        return progressed;
    }

    /// <summary>Brings the workers in line with what is wanted; whether anything was done.</summary>
    private bool Staff()
    {
        if (_leavers > 0)
        {
            SendExits();
        }

        if (!_needsStaff)
        {
            return false;
        }

        _needsStaff = false;
        if (_stopReason is not null)
        {
            return false;
        }

        MarkDue();
        RetireReplaced();
        if (!_closing)
        {
            RetireSurplus();
        }

        StartMissing();
        Activate();
        return true;
    }

    /// <summary>Those with their last task behind them go; those that wait for their replacement go when it is ready.</summary>
    private void RetireReplaced()
    {
        foreach (PoolWorker worker in _workers)
        {
            if (!Stays(worker, due: true))
            {
                continue;
            }

            if (worker.Tenure.Answered >= worker.Tenure.TaskLimit)
            {
                Retire(worker);
            }
            else if (worker.Tenure.GoesWhenReplaced && worker.Tenure.IsDue && HasSpareFor(worker))
            {
                Retire(worker);
            }
        }
    }

    /// <summary>One that is ready waits for its place, or for any, where the pool has become smaller meanwhile.</summary>
    private bool HasSpareFor(PoolWorker worker) =>
        Array.Exists(_workers, spare => IsSpare(spare) && (spare.Index == worker.Index || !IsTaken(spare.Index)));

    private void RetireSurplus()
    {
        foreach (PoolWorker worker in _workers)
        {
            if (worker.Index >= _followed && Stays(worker, due: true))
            {
                Retire(worker);
            }
        }

        for (int active = CountWorkers(static w => w.Tenure.IsActive && Stays(w, due: true)); active > _wanted; active--)
        {
            Retire(Cheapest(static w => w.Tenure.IsActive && Stays(w, due: true)));
        }

        for (int staying = CountWorkers(static w => Stays(w)); staying > _wanted; staying--)
        {
            Retire(Cheapest(static w => Stays(w)));
        }
    }

    /// <summary>Whose leaving costs least: those that would leave anyway, then those not at work, then those with little to do.</summary>
    private PoolWorker Cheapest(Func<PoolWorker, bool> match) =>
        _workers.Where(match).MinBy(static w => (w.Tenure.IsDue ? 0 : 1, w.Tenure.IsActive ? 1 : 0, w.Load))!;

    private void StartMissing()
    {
        if (_retryStartAt != 0)
        {
            // Starts fail just now. The timer tries again.
            return;
        }

        // At the end only what no worker has yet is a reason.
        int missing = _wanted - CountWorkers(static w => Stays(w));
        if (_closing && !_ready.HasSources)
        {
            // A spare may have to wait for its place for long.
            int usable = CountWorkers(w => Stays(w) && (w.Tenure.IsActive || !IsTaken(w.Index)));
            missing = Math.Min(missing, _ready.Count + _delayed.Count - usable);
        }

        for (missing -= _starting.Count; missing > 0 && _retryStartAt == 0; missing--)
        {
            StartReplacement(isAhead: FreePlaces() < missing);
        }
    }

    /// <summary>The place of the next worker to be started: that of one that is to be replaced, else the first that is nobody's.</summary>
    private int NextIndex()
    {
        if (Array.Find(_workers, w => w.Tenure.IsDue && Stays(w, due: true) && !IsPromised(w.Index)) is { } due)
        {
            return due.Index;
        }

        int index = 0;
        while (IsPromised(index))
        {
            index++;
        }

        return index;
    }

    /// <summary>Whether a worker is there to stay at a place, or comes up for it.</summary>
    private bool IsPromised(int index) => _starting.Contains(index) || Array.Exists(_workers, w => w.Index == index && Stays(w));

    /// <summary>Whether a worker is at a place, and so nobody else can be.</summary>
    private bool IsTaken(int index) => Array.Exists(_workers, w => w.Index == index && TakesPlace(w));

    private void Activate()
    {
        int free = FreePlaces();
        foreach (PoolWorker worker in _workers)
        {
            if (free > 0 && IsSpare(worker) && !IsTaken(worker.Index))
            {
                worker.Tenure.IsActive = true;
                free--;
            }
        }
    }

    private int FreePlaces() => _wanted - CountWorkers(TakesPlace);

    private static bool TakesPlace(PoolWorker worker) =>
        worker.Tenure.IsActive && !((worker.IsLeaving || worker.Tenure.IsRetired) && worker.Load == 0);

    private static bool IsSpare(PoolWorker worker) => !worker.Tenure.IsActive && worker.IsReady && Stays(worker);

    /// <summary>Gives a worker nothing more, and lets it leave when it has ended what it runs.</summary>
    private void Retire(PoolWorker worker)
    {
        foreach (WorkItem item in worker.TakeBack())
        {
            _ready.PushFront(item);
        }

        worker.Tenure.IsRetired = true;
        _leavers += worker.TrySendExit() ? 0 : 1;
    }

    /// <summary>A ring may have been in the middle of a message, or full.</summary>
    private void SendExits()
    {
        _leavers = 0;
        foreach (PoolWorker worker in _workers)
        {
            if (worker is { Tenure.IsRetired: true, IsLeaving: false, IsBroken: false } && !worker.TrySendExit())
            {
                _leavers++;
            }
        }
    }

    /// <summary>Starts workers again that have left for want of work.</summary>
    private void RaiseToDemand()
    {
        if (_wanted >= _target || _stopReason is not null)
        {
            return;
        }

        int demand = Demand();
        while (demand < _target && _ready.HasSources && !HasIdle() && _ready.TryNext(_target, out WorkItem? item))
        {
            // A map says that it has work by handing it out: what it has just now may be none.
            _ready.PushBack(item);
            demand++;
        }

        if (demand > _wanted)
        {
            _wanted = Math.Min(demand, _target);
            _needsStaff = true;
        }
    }

    /// <summary>How many tasks are known that have not ended.</summary>
    private int Demand()
    {
        int demand = _ready.Count + _delayed.Count;
        foreach (PoolWorker worker in _workers)
        {
            demand += worker.Load;
        }

        return demand;
    }

    /// <summary>Whether a worker is there to stay, or comes up for that.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="due">Count those that will be replaced as well.</param>
    private static bool Stays(PoolWorker worker, bool due = false) =>
        !worker.IsLeaving && !worker.IsBroken && !worker.Tenure.IsRetired && (due || !worker.Tenure.IsDue);

    private int CountWorkers(Func<PoolWorker, bool> match)
    {
        int count = 0;
        foreach (PoolWorker worker in _workers)
        {
            count += match(worker) ? 1 : 0;
        }

        return count;
    }
}
