using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Pools;

/// <summary>When a worker has done enough, is too old, too large or idle for too long; and when too many die.</summary>
internal sealed partial class PoolDispatcher
{
    /// <summary>A worker's memory is looked at no more often: to look takes the time of a very short task.</summary>
    private static readonly long s_memoryInterval = Stopwatch.Frequency / 50;

    private readonly DeathLog _deaths;

    /// <summary>How long workers take from the start to being ready, in ticks; the largest lately.</summary>
    private double _startTicks;

    /// <summary>How long a frame takes in a worker, in ticks; the mean lately, negative for not known.</summary>
    private double _frameTicks = -1;

    /// <summary>Workers that may replace those that are too old or too large at the same time.</summary>
    private int MaxReplacedAtOnce => Math.Max(1, _target / 4);

    private void NoteReady(PoolWorker worker)
    {
        WorkerTenure tenure = worker.Tenure;
        tenure.ReadyAt = tenure.MemoryCheckedAt = Stopwatch.GetTimestamp();
        _startTicks = Math.Max(tenure.ReadyAt - tenure.LaunchedAt, _startTicks * 0.875);
        _needsStaff = true;
        TellWhatComes(worker);
        if (!_settings.Staffing.WatchesMemory)
        {
            return;
        }

        tenure.BaseMemory = ProcessMemory.ResidentBytes(worker.Handle.Child.ProcessId);
        if (tenure.BaseMemory > _settings.Staffing.MaxMemory)
        {
            Break(new PoolBrokenException(
                $"Pool {_settings.Name} is broken: worker {worker.Name}#{worker.Handle.Child.ProcessId} takes {tenure.BaseMemory} bytes before its " +
                $"first task, above the {nameof(ProcessPoolOptions.MaxWorkerMemory)} of {_settings.Staffing.MaxMemory}.", null));
        }
    }

    /// <summary>
    /// What the one before it at its place does, it most likely will do too, and it has time until then. Not before it was seen to
    /// go well: a function that a worker dies of is the fault of the task that calls it first.
    /// </summary>
    private void TellWhatComes(PoolWorker spare)
    {
        PoolWorker? before = Array.Find(_workers, w => w.Index == spare.Index && w != spare && TakesPlace(w));
        if (before is { InFlight.Count: > 0 } && before.InFlight.First.Function is { Id: not FunctionEntry.Inline, WasCalled: true } function)
        {
            spare.Prepare(function);
        }
    }

    private void NoteFrame(PoolWorker worker, TimeSpan elapsed)
    {
        WorkerTenure tenure = worker.Tenure;
        tenure.Answered++;
        if (_settings.Staffing.MaxTasks is not null)
        {
            double ticks = elapsed.TotalSeconds * Stopwatch.Frequency;
            _frameTicks = _frameTicks < 0 ? ticks : _frameTicks + ((ticks - _frameTicks) / 16);
            _needsStaff |= tenure.Answered >= tenure.TaskLimit;
        }
    }

    private void NoteAnswers(PoolWorker worker)
    {
        if (_settings.Staffing.WatchesMemory)
        {
            worker.Tenure.HasNewAnswers = true;
            CheckMemory(worker, Stopwatch.GetTimestamp());
        }

        NoteSent(worker);
    }

    /// <summary>Orders a replacement for a worker whose last task is near: it shall be ready by then, and starts vary.</summary>
    private void NoteSent(PoolWorker worker)
    {
        WorkerTenure tenure = worker.Tenure;
        if (_settings.Staffing.MaxTasks is null || tenure.IsDue || worker.Load == 0)
        {
            return;
        }

        long left = tenure.TaskLimit - tenure.Answered;
        if (left <= worker.Load || (_frameTicks >= 0 && left * _frameTicks < 2 * _startTicks))
        {
            tenure.IsDue = _needsStaff = true;
        }
    }

    private void CheckMemory(PoolWorker worker, long now)
    {
        WorkerTenure tenure = worker.Tenure;
        if (!tenure.HasNewAnswers || tenure.IsTooLarge || now - tenure.MemoryCheckedAt < s_memoryInterval)
        {
            return;
        }

        tenure.HasNewAnswers = false;
        tenure.MemoryCheckedAt = now;
        long bytes = ProcessMemory.ResidentBytes(worker.Handle.Child.ProcessId);
        if (bytes > _settings.Staffing.MaxMemory || bytes - tenure.BaseMemory > _settings.Staffing.MaxMemoryGrowth)
        {
            tenure.IsTooLarge = _needsStaff = true;
        }
    }

    /// <summary>Orders replacements for those that are too old or too large, some at a time.</summary>
    private void MarkDue()
    {
        int free = MaxReplacedAtOnce - CountWorkers(static w => w.Tenure.GoesWhenReplaced);
        long now = Stopwatch.GetTimestamp();
        foreach (PoolWorker worker in _workers)
        {
            if (free > 0 && IsWaitingToBeDue(worker) && (worker.Tenure.IsTooLarge || now >= EndOfAge(worker)))
            {
                worker.Tenure.IsDue = worker.Tenure.GoesWhenReplaced = true;
                free--;
            }
        }
    }

    private static bool IsWaitingToBeDue(PoolWorker worker) =>
        worker is { IsReady: true, Tenure: { IsActive: true, GoesWhenReplaced: false } } && Stays(worker, due: true);

    private long EndOfAge(PoolWorker worker) =>
        _settings.Staffing.MaxAge is { } age ? AddTime(worker.Tenure.ReadyAt, age) : long.MaxValue;

    private long EndOfIdling(PoolWorker worker) =>
        _settings.Staffing.IdleTimeout is { } timeout && worker.IsReady && worker.Load == 0 && worker.Tenure.IsActive && Stays(worker, due: true)
            ? AddTime(Math.Max(worker.LastProgress, worker.Tenure.ReadyAt), timeout)
            : long.MaxValue;

    private void RunLimits(long now)
    {
        if (!_settings.Staffing.HasTimers || _stopReason is not null)
        {
            return;
        }

        foreach (PoolWorker worker in _workers)
        {
            CheckMemory(worker, now);
            _needsStaff |= now >= EndOfAge(worker) && IsWaitingToBeDue(worker) && MayReplace();
            if (MayLeave() && now >= EndOfIdling(worker))
            {
                _wanted--;
                Retire(worker);
                _needsStaff = true;
            }
        }
    }

    /// <summary>The next of the timers above.</summary>
    private long NextLimit()
    {
        long next = long.MaxValue;
        if (!_settings.Staffing.HasTimers || _stopReason is not null)
        {
            return next;
        }

        bool mayReplace = MayReplace();
        bool mayLeave = MayLeave();
        foreach (PoolWorker worker in _workers)
        {
            if (worker.Tenure is { HasNewAnswers: true, IsTooLarge: false })
            {
                next = Math.Min(next, worker.Tenure.MemoryCheckedAt + s_memoryInterval);
            }

            if (mayReplace && IsWaitingToBeDue(worker))
            {
                next = Math.Min(next, EndOfAge(worker));
            }

            if (mayLeave)
            {
                next = Math.Min(next, EndOfIdling(worker));
            }
        }

        return next;
    }

    private bool MayReplace() => CountWorkers(static w => w.Tenure.GoesWhenReplaced) < MaxReplacedAtOnce;

    private bool MayLeave() => !_closing && _wanted > Math.Min(_settings.Staffing.MinWorkers, _target);

    /// <summary>Takes a death into account; why the pool has to give up, or null. Called while the books tell what it ran.</summary>
    private string? JudgeDeath(PoolWorker worker, ChildExit exit)
    {
        WorkItem? culprit = worker.InFlight.Count > 0 && worker.InFlight.First is { IsSettled: false, IsAbandoned: false } running ? running : null;
        if (_stopReason is not null || (worker.IsLeaving && culprit is null))
        {
            return null;
        }

        string name = $"{worker.Name}#{worker.Handle.Child.ProcessId} {exit}";
        return _deaths.Note(Stopwatch.GetTimestamp(), culprit is null ? $"{name}, without a task" : $"{name}, in {culprit.Describe()}");
    }
}
