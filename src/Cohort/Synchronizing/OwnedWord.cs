using System.Globalization;
using Cohort.Interop;
using Cohort.Platform;

namespace Cohort.Synchronizing;

// Overview
//
// A lock's state is one word of 64 bits, changed by compare-and-swap only, so that who holds it can never be in doubt:
//
//      low half:   process id of the holder, 0 when free; its top bit says that somebody may sleep. The futex.
//      high half:  low bits of the holder's start time, since process ids are used again.
//
//   take:     0 → me. Who has slept takes it with the top bit set, as others may sleep still.
//   wait:     set the top bit, sleep while the low half stays.
//   release:  exchange with 0; if the top bit was set, wake one.
//   give up:  who has slept and leaves may have taken a wake-up along, and a newcomer may hold the lock without the top
//             bit: wake one if it is free, set the bit if it is not.
//   death:    after a slice, a waiter looks whether the holder lives. A dead one's word → me, by compare-and-swap, so
//             one waiter gets it, and knows.
//
// A holder that dies between the exchange and the wake leaves a free lock and sleepers: they look after a slice. The
// model verification/lock.pml is of this.

/// <summary>A word that one process owns at a time: see the overview at the top of this file.</summary>
internal readonly unsafe struct OwnedWord
{
    private const long SleepersMask = 0x8000_0000;

    private static readonly long s_mine = TagOf(ProcessIdentity.Current);

    private readonly long* _word;

    public OwnedWord(byte* address) => _word = (long*)address;

    /// <summary>What stands for this process.</summary>
    public static long Mine => s_mine;

    public bool IsFree => Volatile.Read(ref Word) == 0;

    public bool IsMine => (Volatile.Read(ref Word) & ~SleepersMask) == s_mine;

    /// <summary>Whether an owner that has died left it behind.</summary>
    public bool IsAbandoned => Volatile.Read(ref Word) is not 0 and long seen && !IsAlive(seen);

    /// <summary>The process that owns it; 0 when nobody does.</summary>
    public int Owner => (int)Volatile.Read(ref Word) & int.MaxValue;

    private ref long Word => ref *_word;

    private ref int Futex => ref *(int*)_word;

    public bool TryTake() => Interlocked.CompareExchange(ref Word, s_mine, 0) == 0;

    /// <summary>As <see cref="TryTake"/>, by somebody who has slept.</summary>
    public bool TryTakeAfterSleep() => Interlocked.CompareExchange(ref Word, s_mine | SleepersMask, 0) == 0;

    /// <summary>Announces a sleeper; false when the word is free or has changed meanwhile: look again.</summary>
    public bool TryAnnounce(out WaitTarget target)
    {
        long seen = Volatile.Read(ref Word);
        long announced = seen | SleepersMask;
        target = new WaitTarget((int*)_word, (int)announced);
        return seen != 0 && (seen == announced || Interlocked.CompareExchange(ref Word, announced, seen) == seen);
    }

    /// <summary>Lets go; false when nobody owned it.</summary>
    public bool Release()
    {
        long before = Interlocked.Exchange(ref Word, 0);
        if ((before & SleepersMask) != 0)
        {
            AddressWaiter.Instance.Wake(ref Futex, 1);
        }

        return before != 0;
    }

    /// <summary>For one who has slept and leaves.</summary>
    public void PassOn()
    {
        while (true)
        {
            if (IsFree)
            {
                AddressWaiter.Instance.Wake(ref Futex, 1);
                return;
            }

            if (TryAnnounce(out _))
            {
                return;
            }
        }
    }

    /// <summary>Takes it from an owner that has died.</summary>
    public bool TryTakeFromDead()
    {
        long seen = Volatile.Read(ref Word);
        return seen != 0
            && !IsAlive(seen)
            && Interlocked.CompareExchange(ref Word, s_mine | SleepersMask, seen) == seen;
    }

    /// <summary>What stands for a process in a word.</summary>
    public static long TagOf(ProcessIdentity process) => (uint)process.ProcessId | ((long)process.StartTime << 32);

    /// <summary>Whether the process behind a tag still runs. Where that cannot be found out, it does.</summary>
    public static bool IsAlive(long tag)
    {
        tag &= ~SleepersMask;
        if (tag == s_mine)
        {
            return true;
        }

        // A signal that is none tells at once of most that are gone; the rest may be zombies, or others by the same number.
        int processId = (int)tag;
        if (IsGone(processId))
        {
            return false;
        }

        // Without a descriptor left, nothing can be read: a lock must not be taken from the living for that.
        return ProcessStat.Of(processId) is { } stat ? !stat.IsZombie && TagOf(stat.Identity) == tag : !IsGone(processId);
    }

    public string Describe()
    {
        int owner = Owner;
        return owner == 0 ? "free" : string.Create(CultureInfo.InvariantCulture, $"held by process {owner}");
    }

    private static bool IsGone(int processId) => Libc.Kill(processId, 0) != 0 && Errno.Last == Errno.ESRCH;
}
