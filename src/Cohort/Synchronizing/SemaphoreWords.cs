using Cohort.Platform;

namespace Cohort.Synchronizing;

// Overview
//
//      +0   count: permits that are free. The futex.
//      +4   waiters: how many have announced that they may sleep
//      +8   limit: what the count may not exceed
//
//   take:     count - 1 by compare-and-swap, never below 0.
//   wait:     waiters + 1, once a wait, and then look again; sleep while the count is 0.
//   release:  count + n by compare-and-swap; then, if there are waiters, wake n. A waiter adds itself before it looks, a
//             releaser looks for waiters after it has added, both with a full fence: one of them sees the other.
//   give up:  waiters - 1. Who leaves may have taken a wake-up along: if there is a permit and somebody waits, wake one.
//   death:    a waiter that is killed leaves waiters too high, which costs others a system call now and then. A wake-up that
//             died with its giver or its taker is made up for by the slices of PendingWait.

/// <summary>The state of a semaphore in shared memory: see the overview at the top of this file.</summary>
internal readonly unsafe struct SemaphoreWords
{
    public const int Size = 16;

    private readonly int* _words;

    public SemaphoreWords(byte* address) => _words = (int*)address;

    public ref int Count => ref _words[0];

    /// <summary>Constant once others know of the semaphore.</summary>
    public ref int Limit => ref _words[2];

    /// <summary>What to sleep on while there is no permit.</summary>
    public WaitTarget WhileEmpty => new(_words, 0);

    private ref int Waiters => ref _words[1];

    public bool TryTake()
    {
        int count = Volatile.Read(ref Count);
        while (count > 0)
        {
            int seen = Interlocked.CompareExchange(ref Count, count - 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    /// <summary>False, and nothing changed, when that would exceed the limit.</summary>
    public bool TryAdd(int permits)
    {
        int count = Volatile.Read(ref Count);
        while (permits <= Limit - count)
        {
            int seen = Interlocked.CompareExchange(ref Count, count + permits, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    /// <summary>After permits were added, and a full fence.</summary>
    public void WakeWaiters(int permits)
    {
        if (Volatile.Read(ref Waiters) > 0)
        {
            AddressWaiter.Instance.Wake(ref Count, permits);
        }
    }

    public void AddWaiter() => Interlocked.Increment(ref Waiters);

    public void RemoveWaiter() => Interlocked.Decrement(ref Waiters);

    /// <summary>For one who has slept and leaves.</summary>
    public void PassOn()
    {
        if (Volatile.Read(ref Count) > 0)
        {
            WakeWaiters(1);
        }
    }
}
