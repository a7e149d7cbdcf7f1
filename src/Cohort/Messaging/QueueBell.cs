using Cohort.Platform;

namespace Cohort.Messaging;

// Overview
//
// Many may sleep here for one kind of news, and each piece of news is for one of them.
//
//      +0  sequence   the futex
//      +4  wanted     1: somebody may sleep
//
//   sleep:  read the sequence, set wanted, full fence, look once more, sleep while the sequence stays.
//   ring:   after publishing, full fence; if wanted is 1, take it (exchange with 0), sequence + 1, wake one.
//
// One who was woken sets wanted again before it looks, as others may sleep still, and passes the news on when it leaves
// more than it took (PassOn). So a busy queue wakes one sleeper for one item, and nobody sleeps beside an item for longer than it
// takes the one before to wake up. What a killed process takes along is made up for by the slices of PendingWait.
//
// Between the exchange and the moment at which the woken one sets wanted again, others sleep while wanted is 0. News for all of
// them (RingAll) must not go by it.

/// <summary>A sleeping place for many in shared memory: see the overview at the top of this file.</summary>
internal readonly unsafe struct QueueBell(byte* address)
{
    private readonly int* _words = (int*)address;

    /// <summary>Whether somebody may sleep here.</summary>
    public bool IsAwaited => Volatile.Read(ref _words[1]) != 0;

    /// <summary>First half of going to sleep. The caller looks once more before it sleeps on the result.</summary>
    public WaitTarget Announce()
    {
        int sequence = Volatile.Read(ref _words[0]);
        if (Volatile.Read(ref _words[1]) == 0)
        {
            Volatile.Write(ref _words[1], 1);
        }

        Interlocked.MemoryBarrier();
        return new WaitTarget(_words, sequence);
    }

    /// <summary>Wakes one sleeper, if there may be any. The caller has published before.</summary>
    public void Ring()
    {
        Interlocked.MemoryBarrier();
        PassOn();
    }

    /// <summary>As <see cref="Ring"/>, by one that has published nothing.</summary>
    public void PassOn() => Wake(1);

    /// <summary>Wakes all sleepers, also those whose word another has taken that was woken and has not set it again yet.</summary>
    public void RingAll()
    {
        Interlocked.Exchange(ref _words[1], 0);
        WakeNow(int.MaxValue);
    }

    /// <summary>Wakes all sleepers, where each ring wakes all, so that none sleeps while nobody wants to be woken.</summary>
    public void RingAllAwaited()
    {
        Interlocked.MemoryBarrier();
        Wake(int.MaxValue);
    }

    private void Wake(int sleepers)
    {
        if (IsAwaited && Interlocked.Exchange(ref _words[1], 0) != 0)
        {
            WakeNow(sleepers);
        }
    }

    private void WakeNow(int sleepers)
    {
        Interlocked.Increment(ref _words[0]);
        AddressWaiter.Instance.Wake(ref _words[0], sleepers);
    }
}
