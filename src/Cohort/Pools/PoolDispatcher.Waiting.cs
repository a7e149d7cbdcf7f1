using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Pools;

/// <summary>The dispatcher thread, and callers that look for their own results.</summary>
internal sealed partial class PoolDispatcher
{
    /// <summary>A caller that blocks looks itself; then the dispatcher keeps out of its way.</summary>
    private bool _callerLooks;

    /// <summary>Blocks until a task of this pool is done, and lends a hand meanwhile.</summary>
    public void WaitFor(Task task)
    {
        LookBriefly(new TaskDone(task));
        QuietWait.For(task, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks for news until the condition holds or nothing came for a while; the caller then waits otherwise.</summary>
    public void LookBriefly<TCondition>(TCondition condition)
        where TCondition : struct, IRingCondition
    {
        EnsureMayWait();
        if (!condition.Holds() && TryMute())
        {
            try
            {
                Look(condition);
            }
            finally
            {
                Unmute();
            }
        }
    }

    /// <summary>Code that runs in the middle of a pass would wait for that pass.</summary>
    private void EnsureMayWait()
    {
        if (_gate.IsHeldByCurrentThread)
        {
            throw new InvalidOperationException(
                $"Code that runs while the arguments or results of pool {_settings.Name} are encoded or decoded (a pickler or " +
                "a serialization callback) cannot wait for that pool.");
        }
    }

    private void Look<TCondition>(TCondition condition)
        where TCondition : struct, IRingCondition
    {
        long quietUntil = Stopwatch.GetTimestamp() + _settings.Spin.Ticks;
        while (!condition.Holds())
        {
            bool progressed = TryPass(forSleeper: true);
            if (progressed)
            {
                quietUntil = Stopwatch.GetTimestamp() + _settings.Spin.Ticks;
            }
            else
            {
                Thread.SpinWait(4);
                if (Stopwatch.GetTimestamp() > quietUntil)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Takes over looking for replies, if the dispatcher sleeps and no other caller does.</summary>
    private bool TryMute()
    {
        if (_settings.Spin.Microseconds == 0)
        {
            return false;
        }

        lock (_gate)
        {
            if (_callerLooks || !_asleep)
            {
                return false;
            }

            _callerLooks = true;
            _bell.Withdraw();
            return true;
        }
    }

    private void Unmute()
    {
        bool maySleepOn = false;
        lock (_gate)
        {
            _callerLooks = false;
            if (!_asleep)
            {
                return;
            }

            // Nothing in flight: the dispatcher may sleep on, but hears what comes. Else it takes over, timers and all.
            if (IsIdle() && !NeedsDispatcher())
            {
                _bell.Announce(Want.Data);
                maySleepOn = !SeesNews();
            }
        }

        if (!maySleepOn)
        {
            WakeDispatcher();
        }
        else if (HasNewWork())
        {
            Poke();
        }
    }

    /// <summary>
    /// Whether somebody submitted while this thread held the gate and did not look any more: then they left it to us.
    /// </summary>
    private bool HasNewWork()
    {
        Interlocked.MemoryBarrier();
        return !_submitted.IsEmpty || !_events.IsEmpty;
    }

    private bool IsIdle() => !HasWork && Array.TrueForAll(_workers, static w => w.InFlight.Count == 0 && !w.IsBlocked);

    private void WakeDispatcher()
    {
        lock (_gate)
        {
            if (!_bellsGone)
            {
                _bell.Wake();
            }
        }
    }

    /// <summary>A pass, if nobody else is at one; whether anything was done. Workers' memory is only looked at under the gate.</summary>
    /// <param name="forSleeper">The dispatcher sleeps, and what the pass sends may be due before it wakes.</param>
    private bool TryPass(bool forSleeper = false)
    {
        if (!_gate.TryEnter())
        {
            return false;
        }

        try
        {
            bool progressed = Pass();
            if (forSleeper && progressed && _asleep && HasEarlierTimer())
            {
                WakeDispatcher();
            }

            return progressed;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Whether a pass would find something. Needs the gate.</summary>
    private bool SeesNews() => !_submitted.IsEmpty || !_events.IsEmpty || Array.Exists(_workers, static w => w.Replies.SeesData);

    private void Run()
    {
        while (true)
        {
            bool progressed;
            lock (_gate)
            {
                progressed = Pass();
                RunTimers();
                if (_hasEnded)
                {
                    break;
                }
            }

            if (!progressed && !SpinForNews())
            {
                Sleep();
            }
        }

        // Whoever came too late is told so.
        Poke();
        Finish();
    }

    /// <summary>
    /// Bridges short gaps between replies without a system call; whether something came. Where gaps are long a worker may be in want of
    /// the very processor that this thread spins on: the one it has just woken it from.
    /// </summary>
    private bool SpinForNews()
    {
        long end = Stopwatch.GetTimestamp() + _spin.Budget.Ticks;
        while (!Volatile.Read(ref _callerLooks))
        {
            if (Stopwatch.GetTimestamp() >= end)
            {
                _spin.NoteSpin(wasWorthIt: false);
                return false;
            }

            if (TryPass())
            {
                _spin.NoteSpin(wasWorthIt: true);
                return true;
            }

            Thread.SpinWait(8);
        }

        return false;
    }

    private void Sleep()
    {
        int ticket;
        int timeout;
        lock (_gate)
        {
            // Other threads' passes may have closed the pool, or seen its last worker die, since this one looked.
            RunTimers();
            if (_hasEnded || _needsStaff || (_ready.Count > 0 && Array.Exists(_workers, static w => w.CanTake)))
            {
                return;
            }

            bool blocked = Array.Exists(_workers, static w => w.IsBlocked);
            ticket = _callerLooks ? _bell.Ticket : _bell.Announce(blocked ? Want.Data | Want.Space : Want.Data);
            bool unblocked = blocked && UnblockAny();
            if (unblocked || SeesNews())
            {
                if (!_callerLooks)
                {
                    _bell.Withdraw();
                }

                return;
            }

            timeout = MillisecondsToTimer();
            _sleepsUntil = timeout < 0 ? long.MaxValue : Stopwatch.GetTimestamp() + (timeout * (Stopwatch.Frequency / 1000));
            _asleep = true;
        }

        if (!HasNewWork())
        {
            long start = Stopwatch.GetTimestamp();
            _bell.Sleep(ticket, timeout);
            _spin.NoteSleep(start);
        }

        lock (_gate)
        {
            _asleep = false;
            _bell.Withdraw();
        }
    }

    private bool UnblockAny()
    {
        bool any = false;
        foreach (PoolWorker worker in _workers)
        {
            any |= worker.IsBlocked && worker.Unblock();
        }

        return any;
    }

    private readonly struct TaskDone(Task task) : IRingCondition
    {
        public bool Holds() => task.IsCompleted;
    }
}
