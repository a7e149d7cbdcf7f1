using Cohort.Platform;

namespace Cohort.Synchronizing;

// Overview
//
//      +0   sequence: how often the event has changed; odd while it is set. The futex.
//      +4   waiters: how many have announced that they may sleep
//
//   set:      even → +1 by compare-and-swap; then, if there are waiters, wake all.
//   reset:    odd → +1.
//   wait:     remember the sequence. An even one: waiters + 1, then sleep while it stays; any other than the remembered
//             one says that the event was set meanwhile, even if it has been reset since.
//
// A waiter adds itself before it looks, a setter looks for waiters after it has changed the sequence, both with a full
// fence, so one of them sees the other. A waiter that is killed leaves waiters too high, which costs a system call for
// each change. A setter that is killed before it has woken anybody is made up for by the slices of PendingWait. The model
// verification/event.pml is of this.

/// <summary>The state of an event in shared memory: see the overview at the top of this file.</summary>
internal readonly unsafe struct EventWords
{
    public const int Size = 16;

    private readonly int* _words;

    public EventWords(byte* address) => _words = (int*)address;

    public int Sequence => Volatile.Read(ref _words[0]);

    private ref int Waiters => ref _words[1];

    public static bool IsSet(int sequence) => (sequence & 1) != 0;

    /// <summary>What to sleep on until the event is set.</summary>
    public WaitTarget While(int sequence) => new(_words, sequence);

    public void Set()
    {
        Advance(fromSet: false);

        // Also when it was set already: whoever set it may have been killed before it woke anybody.
        if (Volatile.Read(ref Waiters) > 0)
        {
            AddressWaiter.Instance.Wake(ref _words[0], int.MaxValue);
        }
    }

    public void Reset() => Advance(fromSet: true);

    public void AddWaiter() => Interlocked.Increment(ref Waiters);

    public void RemoveWaiter() => Interlocked.Decrement(ref Waiters);

    private void Advance(bool fromSet)
    {
        int sequence = Sequence;
        while (IsSet(sequence) == fromSet)
        {
            int seen = Interlocked.CompareExchange(ref _words[0], unchecked(sequence + 1), sequence);
            if (seen == sequence)
            {
                return;
            }

            sequence = seen;
        }
    }
}
