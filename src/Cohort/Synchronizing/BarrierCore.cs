using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>What can happen at a barrier, each under its lock. See the overview of <see cref="BarrierWords"/>.</summary>
internal sealed class BarrierCore(SharedObject owner, BarrierWords words)
{
    public SharedObject Owner { get; } = owner;

    public BarrierWords Words { get; } = words;

    /// <summary>How many wait now, as all others would see it.</summary>
    public int WaitingCount => Words.Phase is BarrierPhase.Filling or BarrierPhase.Running ? CountWaiting() : 0;

    /// <summary>Takes a slot among those who wait. Lets all go if that was the last, unless there is an action to be run first.</summary>
    /// <param name="hasAction">Whether there is an action.</param>
    /// <param name="mustRun">Whether the caller has to run the action, and then call <see cref="Complete"/> or <see cref="Fail"/>.</param>
    /// <returns>The slot; -1 when the one before is not over yet: try again when the generation has changed.</returns>
    /// <exception cref="BarrierBrokenException">The barrier is broken.</exception>
    public int TryArrive(bool hasAction, out bool mustRun)
    {
        mustRun = false;
        Enter();
        try
        {
            if (Words.Phase == BarrierPhase.Broken)
            {
                throw new BarrierBrokenException((BarrierBreakReason)Words.Reason, Words.Culprit);
            }

            // Filling and full: the last one to come died on its way, which is noticed after a slice.
            int waiting = CountWaiting();
            if (Words.Phase != BarrierPhase.Filling || waiting >= Words.Parties)
            {
                return -1;
            }

            int slot = FindFree();
            if (slot >= 0)
            {
                Words.Tag(slot) = OwnedWord.Mine;
                Words.Index(slot) = waiting;
                Words.SetState(slot, BarrierSlotState.Waiting);
                mustRun = hasAction && waiting + 1 == Words.Parties;
                if (mustRun)
                {
                    Words.SetPhase(BarrierPhase.Running);
                }
                else if (waiting + 1 == Words.Parties)
                {
                    LetGo();
                }
            }

            return slot;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Lets all go after the action, if they still wait for that.</summary>
    public void Complete(int slot)
    {
        Enter();
        if (Words.State(slot) == BarrierSlotState.Waiting)
        {
            LetGo();
        }

        Leave();
    }

    /// <summary>Breaks the barrier, if the wait in this slot is not over.</summary>
    public void Fail(int slot, BarrierBreakReason reason)
    {
        Enter();
        if (Words.State(slot) == BarrierSlotState.Waiting)
        {
            TellAll(BarrierPhase.Broken, reason, Environment.ProcessId);
        }

        Leave();
    }

    /// <summary>Breaks the barrier, if it is not broken.</summary>
    public void Break(BarrierBreakReason reason)
    {
        Enter();
        if (Words.Phase != BarrierPhase.Broken)
        {
            TellAll(BarrierPhase.Broken, reason, Environment.ProcessId);
        }

        Leave();
    }

    public void Reset()
    {
        Enter();
        TellAll(BarrierPhase.Resetting, BarrierBreakReason.Reset, Environment.ProcessId);
        Leave();
    }

    /// <summary>Frees the slot of a wait that is over.</summary>
    public void Free(int slot)
    {
        Words.SetState(slot, BarrierSlotState.Free);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref Words.Crowded) != 0)
        {
            Volatile.Write(ref Words.Crowded, 0);
            Words.Advance();
        }
    }

    /// <summary>Breaks the barrier if somebody is dead who waits, or will be waited for in vain.</summary>
    public void LookForDead()
    {
        if (Words.Lock.TryTakeFromDead())
        {
            Repair();
            Leave();
        }

        // One of those who wait looks for all. It is nothing to them which, as every one comes here once in a slice.
        long now = Environment.TickCount64;
        long since = now - Volatile.Read(ref Words.LastLook);
        if (since is >= 0 and < PendingWait.SliceMilliseconds / 2)
        {
            return;
        }

        Volatile.Write(ref Words.LastLook, now);
        if (BarrierDeath.Find(Words) == 0)
        {
            return;
        }

        Enter();
        if (BarrierDeath.Find(Words) is not 0 and int processId)
        {
            TellAll(BarrierPhase.Broken, BarrierBreakReason.PartyDied, processId);
        }

        Leave();
    }

    private int CountWaiting()
    {
        int count = 0;
        for (int slot = 0; slot < Words.SlotCount; slot++)
        {
            count += Words.State(slot) == BarrierSlotState.Waiting ? 1 : 0;
        }

        return count;
    }

    private int FindFree()
    {
        // Once more after it was said that somebody waits for one, as it may have become free in between.
        for (int round = 0; round < 2; round++)
        {
            for (int slot = 0; slot < Words.SlotCount; slot++)
            {
                if (Words.State(slot) == BarrierSlotState.Free)
                {
                    return slot;
                }
            }

            Volatile.Write(ref Words.Crowded, 1);
            Interlocked.MemoryBarrier();
        }

        // Nobody reads any more how the wait of a dead process ended.
        for (int slot = 0; slot < Words.SlotCount; slot++)
        {
            if (Words.State(slot) != BarrierSlotState.Waiting && !OwnedWord.IsAlive(Words.Tag(slot)))
            {
                return slot;
            }
        }

        return -1;
    }

    private void LetGo()
    {
        // Before the phase: as long as it is not set, a death here breaks the barrier, and members do not matter then.
        for (int slot = 0; slot < Words.SlotCount; slot++)
        {
            if (Words.State(slot) == BarrierSlotState.Waiting)
            {
                Words.Member(Words.Index(slot)) = Words.Tag(slot);
            }
        }

        Words.SetPhase(BarrierPhase.Releasing);
        FinishPhase();
    }

    private void TellAll(BarrierPhase phase, BarrierBreakReason reason, int processId)
    {
        Words.Reason = (int)reason;
        Words.Culprit = processId;
        Words.SetPhase(phase);
        FinishPhase();
    }

    /// <summary>Does what the phase says, maybe for the second time, and wakes everybody.</summary>
    private void FinishPhase()
    {
        BarrierPhase phase = Words.Phase;
        if (phase is BarrierPhase.Releasing or BarrierPhase.Broken or BarrierPhase.Resetting)
        {
            for (int slot = 0; slot < Words.SlotCount; slot++)
            {
                if (Words.State(slot) == BarrierSlotState.Waiting)
                {
                    Words.ReasonOf(slot) = Words.Reason;
                    Words.CulpritOf(slot) = Words.Culprit;
                    Words.SetState(slot, phase == BarrierPhase.Releasing ? BarrierSlotState.Released : BarrierSlotState.Broken);
                }
            }
        }

        if (phase == BarrierPhase.Resetting)
        {
            for (int i = 0; i < Words.Parties; i++)
            {
                Words.Member(i) = 0;
            }
        }

        if (phase is BarrierPhase.Releasing or BarrierPhase.Resetting)
        {
            Words.SetPhase(BarrierPhase.Filling);
        }

        Words.Advance();
    }

    /// <summary>After the lock came from a process that died with it.</summary>
    private void Repair() => FinishPhase();

    /// <summary>
    /// Takes the lock. It is held for moments, unless its holder died, so this takes neither a deadline nor a token, and it
    /// works on a disposed object, for the waits that this ends.
    /// </summary>
    private void Enter()
    {
        LockWait wait = new(Owner, Words.Lock);
        while (!wait.TryFinish(out WaitTarget target))
        {
            if (!target.Sleep(PendingWait.SliceMilliseconds) && wait.LookForDead())
            {
                Repair();
                return;
            }
        }
    }

    private void Leave()
    {
        Words.Lock.Release();
        GC.KeepAlive(Owner);
    }
}
