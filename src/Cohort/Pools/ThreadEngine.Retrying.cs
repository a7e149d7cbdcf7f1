using Cohort.Utils;

namespace Cohort.Pools;

/// <summary>Tasks that are run again after what they threw. Under the monitor.</summary>
internal sealed partial class ThreadEngine
{
    /// <summary>Tasks that will be run again later. Whoever takes one out sees to it.</summary>
    private readonly HashSet<WorkItem> _delayed = [];

    /// <summary>Ends the waits for them when the pool ends before its time.</summary>
    private readonly CancellationTokenSource _stopping = new();

    private bool TryRunAgain(WorkItem item, Exception fault)
    {
        // The caller's code decides last but one: it may have ended the pool.
        if (_stopReason is not null || !item.IsWorthAnotherRun(fault) || _stopReason is not null || !item.TryCountRun())
        {
            return false;
        }

        _ledger.NoteRetry(item.Count);
        if (item.DelayBeforeNextRun is { Ticks: > 0 } delay)
        {
            _delayed.Add(item);
            _ = ResumeAsync(item, Deadline.In(delay));
        }
        else
        {
            _ready.PushFront(item);
            Monitor.Pulse(_gate);
        }

        return true;
    }

    private async Task ResumeAsync(WorkItem item, Deadline due)
    {
        // Timers count the coarse clock of the system, and fire up to some milliseconds early.
        while (!due.HasPassed && !_stopping.IsCancellationRequested)
        {
            await Task.Delay(due.RemainingMilliseconds, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Resume(item);
    }

    private void Resume(WorkItem item)
    {
        lock (_gate)
        {
            if (_delayed.Remove(item))
            {
                _ready.PushFront(item);

                // All, since it may have been the last that a closed pool waited for, and nobody wants it any more.
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void AbortDelayed(Exception reason)
    {
        foreach (WorkItem item in _delayed)
        {
            item.Abort(reason);
        }

        _delayed.Clear();
        _stopping.Cancel();
    }
}
