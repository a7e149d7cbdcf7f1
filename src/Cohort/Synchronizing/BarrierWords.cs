using Cohort.Platform;

namespace Cohort.Synchronizing;

// Overview
//
// A barrier is changed under a lock that survives its holder, and what is changed under it must survive that too. So there
// is one source of truth, the slots, one for each wait: who waits, and once that is settled, how it ended. How many have
// come is counted there, not kept. A wait reads the end of its own slot without the lock, however much has happened at the
// barrier since, and frees it.
//
//      +0   the lock (OwnedWord)
//      +8   generation: changes whenever there is something to come back for; everybody sleeps on it
//      +12  phase
//      +16  parties
//      +20  why it broke, +24 in which process
//      +28  crowded: somebody waits for a slot
//      +32  timeout of waits that have none of their own, in ticks
//      +40  when somebody looked for the dead last
//      +64  slots, twice as many as parties: those who come anew need not wait until the last ones have read their slots
//           (process, state, index, why and where it broke)
//      ...  members: the processes of the generation that was complete last
//
// What takes several writes (letting go, breaking, resetting) sets the phase first, which says what has to be done; it may be
// done twice. Whoever gets the lock from a dead process does it again (Repair), and everybody is let go or everybody told.
//
// Death. A wait whose process died breaks the barrier; that of the action's runner is one of them. So does a member that
// died before it came, since it was to come. But when somebody waits who is no member, the parties are changing, and who
// has gone is not missed. The model verification/barrier.pml is of this.

/// <summary>The shared memory of a barrier: see the overview at the top of this file.</summary>
internal readonly unsafe struct BarrierWords
{
    /// <summary>So that the slots can be numbered.</summary>
    public const int MaxParties = int.MaxValue / 2;

    private const int HeaderSize = 64;
    private const int SlotSize = 24;
    private const int StateOffset = 8;
    private const int IndexOffset = 12;
    private const int ReasonOffset = 16;
    private const int CulpritOffset = 20;

    private readonly byte* _start;

    public BarrierWords(byte* start) => _start = start;

    public OwnedWord Lock => new(_start);

    public int Generation => Volatile.Read(ref Word(8));

    public BarrierPhase Phase => (BarrierPhase)Volatile.Read(ref Word(12));

    public ref int Parties => ref Word(16);

    public ref int Reason => ref Word(20);

    public ref int Culprit => ref Word(24);

    public ref int Crowded => ref Word(28);

    public ref long TimeoutTicks => ref *(long*)(_start + 32);

    public ref long LastLook => ref *(long*)(_start + 40);

    public int SlotCount => 2 * Parties;

    public static long SizeFor(int parties) => HeaderSize + (2L * parties * SlotSize) + (8L * parties);

    /// <summary>What the phase needs has to be there before.</summary>
    public void SetPhase(BarrierPhase phase) => Volatile.Write(ref Word(12), (int)phase);

    public WaitTarget TargetAt(int generation) => new((int*)(_start + 8), generation);

    /// <summary>Wakes all who wait for anything.</summary>
    public void Advance()
    {
        Interlocked.Increment(ref Word(8));
        AddressWaiter.Instance.Wake(ref Word(8), int.MaxValue);
    }

    public ref long Tag(int slot) => ref *(long*)Slot(slot);

    public ref int Index(int slot) => ref *(int*)(Slot(slot) + IndexOffset);

    public ref int ReasonOf(int slot) => ref *(int*)(Slot(slot) + ReasonOffset);

    public ref int CulpritOf(int slot) => ref *(int*)(Slot(slot) + CulpritOffset);

    public BarrierSlotState State(int slot) => (BarrierSlotState)Volatile.Read(ref *(int*)(Slot(slot) + StateOffset));

    /// <summary>What else the slot says has to be there before.</summary>
    public void SetState(int slot, BarrierSlotState state) => Volatile.Write(ref *(int*)(Slot(slot) + StateOffset), (int)state);

    public ref long Member(int index) => ref *(long*)(_start + HeaderSize + ((long)SlotCount * SlotSize) + (8L * index));

    private ref int Word(int offset) => ref *(int*)(_start + offset);

    private byte* Slot(int slot) => _start + HeaderSize + ((long)slot * SlotSize);
}
