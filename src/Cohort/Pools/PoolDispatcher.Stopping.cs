using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Pools;

// Overview
//
// A task that is cancelled while it runs, or runs for too long, is stopped step by step. Its caller has its outcome from the
// first moment on:
//
//      at once                          the task's token is cancelled (WorkerTask.CancellationToken)
//      after the cancellation grace     SIGTERM to the worker
//      after the termination grace      SIGKILL to the worker, and to what the task has started
//
// If the task ends before a step, the worker lives on and nothing more happens.

/// <summary>Timeouts, stops, and runs that are put off.</summary>
internal sealed partial class PoolDispatcher
{
    /// <summary>Workers on their way to be stopped.</summary>
    private readonly List<Stopping> _stops = [];

    /// <summary>Tasks that will be run again, and when.</summary>
    private readonly List<(long Due, WorkItem Item)> _delayed = [];

    /// <summary>Some task had a timeout: look at the clock from now on.</summary>
    private bool _hasTimeouts;

    /// <summary>When the dispatcher will wake by itself.</summary>
    private long _sleepsUntil = long.MaxValue;

    /// <summary>When the task that runs has run for too long, in ticks.</summary>
    private static long TimeoutOf(PoolWorker worker) =>
        worker.InFlight.Count > 0 && worker.InFlight.First is { IsSettled: false, Options.Timeout: { } timeout } running
            ? AddTime(worker.LastProgress, TimeFor(running, timeout))
            : long.MaxValue;

    /// <summary>How long a task may run with all its calls. A caller's timeout may be as long as there are numbers for.</summary>
    private static TimeSpan TimeFor(WorkItem item, TimeSpan timeout) =>
        timeout.Ticks < long.MaxValue / item.Count ? timeout * item.Count : TimeSpan.MaxValue;

    private static long AddTime(long start, TimeSpan time)
    {
        double ticks = time.TotalSeconds * Stopwatch.Frequency;
        return ticks < long.MaxValue / 2 ? start + (long)ticks : long.MaxValue;
    }

    private void RunTimeouts(long now)
    {
        foreach (PoolWorker worker in _workers)
        {
            if (now < TimeoutOf(worker))
            {
                continue;
            }

            // What it has not begun goes elsewhere; what it had answered by now is in time.
            Receive(worker);
            foreach (WorkItem waiting in worker.TakeBack())
            {
                _ready.PushFront(waiting);
            }

            if (now < TimeoutOf(worker) || worker.InFlight.Count == 0)
            {
                continue;
            }

            WorkItem late = worker.InFlight.First;
            late.IsSettled = true;
            NoteFailure(late);
            TimeoutException fault = new(
                $"{late.Describe()} ran longer than {TimeFor(late, late.Options.Timeout!.Value)} in worker {worker.Name}#{worker.Handle.Child.ProcessId}, which is stopped.");
            Report(PoolEventKind.TaskTimedOut, worker, late, fault);
            late.Fail(fault);
            BeginStop(worker, late.Number);
        }
    }

    private void RunDelayed(long now)
    {
        for (int i = _delayed.Count - 1; i >= 0; i--)
        {
            if (now >= _delayed[i].Due)
            {
                _ready.PushFront(_delayed[i].Item);
                _delayed.RemoveAt(i);
            }
        }
    }

    /// <summary>Whether a task that failed is to be run again, because its options say so of what it threw.</summary>
    private bool TryRunAgain(PoolWorker worker, WorkItem item, Exception fault) =>
        _stopReason is null && item.IsWorthAnotherRun(fault) && RunAgain(worker, item, item.Number, fault);

    /// <summary>Runs a task again, now or later; false when that was done often enough.</summary>
    /// <param name="worker">Where it failed.</param>
    /// <param name="item">The task.</param>
    /// <param name="number">The number that it had there.</param>
    /// <param name="fault">How it failed.</param>
    private bool RunAgain(PoolWorker worker, WorkItem item, uint number, Exception fault)
    {
        if (!item.TryCountRun())
        {
            return false;
        }

        _ledger.NoteRetry(item.Count);
        Report(PoolEventKind.TaskRetried, worker, item, fault, number);
        TimeSpan delay = item.DelayBeforeNextRun;
        if (delay == TimeSpan.Zero)
        {
            _ready.PushFront(item);
        }
        else
        {
            _delayed.Add((AddTime(Stopwatch.GetTimestamp(), delay), item));
            WakeForTimer();
        }

        return true;
    }

    /// <summary>Sets out to stop what a worker runs, unless that is under way.</summary>
    private void BeginStop(PoolWorker worker, uint number)
    {
        if (_stops.Exists(stopping => stopping.Worker == worker && stopping.Number == number))
        {
            return;
        }

        worker.Claim.Cancel(number);
        _stops.Add(new Stopping(worker, number, AddTime(Stopwatch.GetTimestamp(), _settings.CancellationGrace), IsTerminated: false));
        WakeForTimer();
    }

    private void RunStops(long now)
    {
        for (int i = _stops.Count - 1; i >= 0; i--)
        {
            (PoolWorker worker, uint number, long due, bool isTerminated) = _stops[i];
            bool isAtIt = Array.IndexOf(_workers, worker) >= 0 && worker.InFlight.Count > 0 && worker.InFlight.First.Number == number;
            if (isAtIt && now < due)
            {
                continue;
            }

            _stops.RemoveAt(i);
            if (!isAtIt || !IsStillAt(worker, number))
            {
                continue;
            }

            worker.IsLeaving = _needsStaff = true;
            if (isTerminated || _settings.TerminationGrace == TimeSpan.Zero)
            {
                worker.Handle.Kill();
            }
            else
            {
                worker.Handle.Child.Signal(Signal.SIGTERM);
                _stops.Add(new Stopping(worker, number, AddTime(now, _settings.TerminationGrace), IsTerminated: true));
            }
        }
    }

    /// <summary>Whether a worker is still at a task. One that is cannot begin another from then on, which would die with it.</summary>
    private bool IsStillAt(PoolWorker worker, uint number)
    {
        foreach (WorkItem item in worker.TakeBack())
        {
            _ready.PushFront(item);
        }

        return worker.Claim.Claimed == number;
    }

    private void WakeForTimer()
    {
        if (_asleep)
        {
            // It has to know of the timer, if it is not the one that runs this.
            WakeDispatcher();
        }
    }

    private sealed record Stopping(PoolWorker Worker, uint Number, long Due, bool IsTerminated);
}
