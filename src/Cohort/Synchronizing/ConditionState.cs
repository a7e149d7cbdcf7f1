using Cohort.Platform;

namespace Cohort.Synchronizing;

// Overview
//
// A wait on a condition gives up the lock and must not miss a notification that comes before it sleeps. Exactly as many
// waits end as were notified, of those that had begun by then. Any process can be killed at any point of this.
//
//      +0   sequence: counts notifications; its low half is the futex
//      +8   permits: notified waits that have not taken notice yet
//      +12  waiting: waits that have not been notified
//      +16  tickets: a hint, how many more waits it is worth to wake for the permits
//
// Permits, waiting and sequence change only under the condition's lock:
//
//   wait:     waiting+1, note the sequence, release the lock, sleep. Awake, take a ticket, get the lock, and take a permit
//             if there is one and the sequence is not the noted one; else release the lock and sleep again.
//   notify:   k = min(n, waiting): permits+k, tickets = permits, sequence+1, waiting-k; wake k sleepers.
//   leave:    a wait that ends otherwise gets the lock too. If there is a permit for it, a timeout takes it, and counts as
//             notified; a cancelled wait passes it on: sequence+1, waiting-1, wake one; or drops it if nobody waits. With
//             no permit, waiting-1.
//
// Whoever began after a notification finds the noted sequence until there is another one, so it cannot take a permit that
// is not meant for it. As permits + waiting is the number of waits, and all of them may take permits after a notification,
// each permit finds its wait.
//
// Permits are taken under the lock, and not while sleeping, since a process may be killed between both: the permit would
// be gone, and nobody told. As it is, whoever dies with a permit dies holding the lock, and the next holder hears of it.
// That alone would send all asynchronous waits of a process to the lock at each notification, hence the tickets. They
// prove nothing: the lock decides, and after a slice a sleeper looks at the permits and not at the tickets.
//
// What a death leaves behind:
//   asleep, or on the way to the lock    waiting (or permits) is too high by one. A wake-up that it took along is noticed
//                                        by another sleeper after a slice.
//   in notify, after permits             permits + waiting is too high, as waiting is counted down last. The waits are
//                                        woken by the slice if the sequence was raised, else by the next notification.
//   in leave, or taking a permit         one word is written, before or after; a permit of one that died here is lost, but
//                                        it held the lock.
// So the sum may be too high and never too low. Too high makes some later wait end unnotified, once, as a condition may;
// too low would be a notification that finds nobody. The holder's death itself is told with the lock, as Abandoned; since all
// others may sleep here while it dies, a sleeper looks for that as well after a slice, and whoever gets the lock of the dead
// by a wait ends that wait: asleep again, it would keep to itself what it was told. A process that died asleep holds no lock
// and is nobody's owner.

/// <summary>The shared state of a condition: see the overview at the top of this file.</summary>
internal readonly unsafe struct ConditionState
{
    public const int Size = 24;

    private readonly byte* _address;

    public ConditionState(byte* address) => _address = address;

    public long Sequence => Volatile.Read(ref SequenceWord);

    private ref long SequenceWord => ref *(long*)_address;

    private ref int Permits => ref *(int*)(_address + 8);

    private ref int Waiting => ref *(int*)(_address + 12);

    private ref int Tickets => ref *(int*)(_address + 16);

    /// <summary>Under the lock: a wait begins. Its noted sequence.</summary>
    public long Arrive()
    {
        Waiting++;
        return SequenceWord;
    }

    /// <summary>Under the lock: takes a permit if there is one for a wait that noted this.</summary>
    public bool TryTakePermit(long noted)
    {
        if (!IsPermitted(noted))
        {
            return false;
        }

        Permits--;
        return true;
    }

    /// <summary>Under the lock: a wait ends that has found no permit.</summary>
    public void Leave() => Waiting = Math.Max(0, Waiting - 1);

    /// <summary>Under the lock: a wait ends otherwise than by being notified, and leaves its permit to another.</summary>
    public void LeaveCancelled(long noted)
    {
        if (!IsPermitted(noted))
        {
            Leave();
        }
        else if (Waiting == 0)
        {
            Permits--;
        }
        else
        {
            Announce(1);
        }
    }

    /// <summary>Under the lock: ends up to so many waits.</summary>
    public void Notify(int count)
    {
        count = Math.Min(count, Waiting);
        if (count > 0)
        {
            Volatile.Write(ref Permits, Permits + count);
            Announce(count);
        }
    }

    /// <summary>Without the lock: whether it is worth to get the lock. If not, where to sleep.</summary>
    public bool TryTakeTicket(long noted, out WaitTarget target)
    {
        // The sequence first: what is announced after that changes it.
        long seen = Sequence;
        target = new WaitTarget((int*)_address, (int)seen);
        int tickets = Volatile.Read(ref Tickets);
        while (seen != noted && tickets > 0)
        {
            int now = Interlocked.CompareExchange(ref Tickets, tickets - 1, tickets);
            if (now == tickets)
            {
                return true;
            }

            tickets = now;
        }

        return false;
    }

    /// <summary>Whether there is a permit for a wait that noted this; without the lock a guess.</summary>
    public bool IsPermitted(long noted) => Sequence != noted && Volatile.Read(ref Permits) > 0;

    /// <summary>Lets so many more waits look for a permit.</summary>
    private void Announce(int count)
    {
        // In this order: who sees the new sequence and no ticket would sleep on it, and who is counted as not waiting
        // before all else would never be woken if we died here.
        Volatile.Write(ref Tickets, Permits);
        Interlocked.Increment(ref SequenceWord);
        Volatile.Write(ref Waiting, Waiting - count);
        AddressWaiter.Instance.Wake(ref *(int*)_address, count);
    }
}
