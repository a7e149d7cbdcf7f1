using System.Diagnostics;
using Cohort.Pools.Observing;
using Cohort.Utils;

namespace Cohort.Pools;

/// <summary>Cancellation, closing, termination, and the timers that go with them.</summary>
internal sealed partial class PoolDispatcher
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When to start a worker again after that failed; 0 for never.</summary>
    private long _retryStartAt;
    private Exception? _stopReason;
    private bool _closing;
    private bool _hasEnded;
    private bool _bellsGone;

    /// <summary>Completes when no work and no worker process is left.</summary>
    public Task EndedAsync()
    {
        EnsureMayWait();
        return _ended.Task;
    }

    /// <summary>
    /// Blocks until those are done that still have something to end. The dispatcher's thread has nothing else left to do, and
    /// one of the thread pool would have to be woken for it, if there is one to be had at all.
    /// </summary>
    private void Finish()
    {
        _reaping.ForEach(static exit => QuietWait.For(exit, Timeout.InfiniteTimeSpan));
        if (_output is not null)
        {
            QuietWait.For(_output.Done, PoolOutput.EndTimeout);
        }

        if (_feed is not null)
        {
            QuietWait.For(_feed.Done, PoolOutput.EndTimeout);
        }

        _ended.TrySetResult();
    }

    /// <summary>Tells the pool that some of its work is not wanted any more.</summary>
    public void NoteAbandoned() => Post(SweepAbandoned);

    /// <summary>Takes no more work; ends when all is done.</summary>
    public void Close() => Post(() => _closing = true);

    /// <summary>Ends at once; work that is not done fails with the reason.</summary>
    public void Terminate(Exception reason) => Post(() => Stop(reason));

    private void Break(PoolBrokenException cause) => Stop(cause);

    private void Stop(Exception reason)
    {
        if (_stopReason is not null || _hasEnded)
        {
            return;
        }

        _stopReason = reason;
        foreach (PoolWorker worker in _workers)
        {
            // Revoked and begun alike: nothing of it is waited for any more.
            foreach (WorkItem item in worker.TakeBack())
            {
                item.Abort(reason);
            }

            worker.Handle.Kill();
        }

        _ready.Abort(reason);
        _delayed.ForEach(delayed => delayed.Item.Abort(reason));
        _delayed.Clear();
    }

    private void SweepAbandoned()
    {
        foreach (PoolWorker worker in _workers)
        {
            if (!worker.InFlight.Any(static item => item.IsAbandoned))
            {
                continue;
            }

            foreach (WorkItem item in worker.TakeBack())
            {
                _ready.PushFront(item);
            }

            if (worker.InFlight.Count > 0 && worker.InFlight.First is { IsAbandoned: true } running)
            {
                BeginStop(worker, running.Number);
            }
        }

        _ready.NoteAbandoned();
        _delayed.RemoveAll(static delayed => delayed.Item.IsAbandoned);
    }

    private void RunTimers()
    {
        long now = Stopwatch.GetTimestamp();
        RunStops(now);
        if (_hasTimeouts)
        {
            RunTimeouts(now);
        }

        RunDelayed(now);
        RunLimits(now);
        RunExitTimeouts(now);
        RunStartTimeouts(now);
        if (_retryStartAt != 0 && now >= _retryStartAt)
        {
            _retryStartAt = 0;
            _needsStaff = true;
        }

        EndIfDone();
    }

    private void EndIfDone()
    {
        if (_hasEnded || (_stopReason is null && !_closing))
        {
            return;
        }

        if (_closing && _stopReason is null && IsIdle() && _submitted.IsEmpty && _delayed.Count == 0)
        {
            foreach (PoolWorker worker in _workers)
            {
                if (!worker.IsReady && _settings.Stages.HasEnd)
                {
                    // It is making what it then has to put away: told to go when it is ready.
                    continue;
                }

                if (!worker.IsLeaving && !(worker.IsReady && worker.TrySendExit()))
                {
                    // One that is not even up yet has nothing to lose.
                    worker.IsLeaving = true;
                    worker.Handle.Kill();
                }
            }
        }

        if (_workers.Length > 0 || _starting.Count > 0)
        {
            return;
        }

        if (_stopReason is null && (HasWork || _delayed.Count > 0))
        {
            // The last worker died while the rest of the work waits for it.
            if (_retryStartAt == 0)
            {
                StartReplacement();
            }
        }
        else
        {
            // Whoever passed the check for a running pool just before it was closed still gets an outcome.
            _stopReason ??= new InvalidOperationException($"Pool {_settings.Name} is not running: it was closed.");
            _hasEnded = true;
            _bellPages.Dispose();
            _bellsGone = true;
            _output?.Complete();
            _feed?.Complete();
            PoolMetrics.Unregister(this);
        }
    }

    /// <summary>How long the dispatcher may sleep, in milliseconds; −1 for as long as it likes.</summary>
    private int MillisecondsToTimer()
    {
        if (FindStuck(long.MaxValue) is not null)
        {
            return 1;
        }

        long next = NextTimer();
        return next == long.MaxValue
            ? Timeout.Infinite
            : (int)Math.Clamp(((next - Stopwatch.GetTimestamp()) / (Stopwatch.Frequency / 1000)) + 1, 0, int.MaxValue);
    }

    /// <summary>When something is to be done that nobody announces, in ticks; <see cref="long.MaxValue"/> for never.</summary>
    private long NextTimer()
    {
        long next = _retryStartAt == 0 ? long.MaxValue : _retryStartAt;
        foreach (Stopping stopping in _stops)
        {
            next = Math.Min(next, stopping.Due);
        }

        next = Math.Min(next, NextLimit());
        foreach ((long due, _) in _delayed)
        {
            next = Math.Min(next, due);
        }

        if (_hasTimeouts || _settings.HasStageTimers)
        {
            foreach (PoolWorker worker in _workers)
            {
                next = Math.Min(next, Math.Min(TimeoutOf(worker), Math.Min(StartTimeoutOf(worker), ExitTimeoutOf(worker))));
            }
        }

        return next;
    }
}
