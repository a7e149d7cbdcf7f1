using Cohort.Synchronizing;

namespace Cohort.Messaging;

/// <summary>One item in a queue's ring (see <see cref="QueueLayout"/>).</summary>
internal readonly unsafe struct QueueFrame(byte* address)
{
    private const int OwnerOffset = 8;

    public byte* Payload => address + QueueLayout.HeaderSize;

    public uint Length => *(uint*)address;

    public ulong Size => State == FrameState.Filler ? *(ulong*)Payload : QueueLayout.FrameSize(Length);

    /// <summary>What has become of it.</summary>
    public FrameState State
    {
        get => (FrameState)Volatile.Read(ref *(int*)(address + 4));
        set => Volatile.Write(ref *(int*)(address + 4), (int)value);
    }

    /// <summary>Nobody will ask for it again.</summary>
    public bool IsOver => State >= FrameState.Done;

    /// <summary>Whether a process works on it that still lives.</summary>
    public bool IsWorkedOn => State == FrameState.Leased && OwnedWord.IsAlive(Volatile.Read(ref *(long*)(address + OwnerOffset)));

    /// <summary>Writes all but the payload of an item.</summary>
    public void Write(uint length, ulong number)
    {
        *(ulong*)address = length;
        *(ulong*)(address + QueueLayout.FrameSize(length) - QueueLayout.TrailerSize) = number;
    }

    /// <summary>Makes it one that holds nothing.</summary>
    /// <param name="size">Of the frame.</param>
    /// <param name="number">Of the item before.</param>
    public void Fill(ulong size, ulong number)
    {
        *(ulong*)address = (ulong)FrameState.Filler << 32;
        *(ulong*)Payload = size;
        *(ulong*)(address + size - QueueLayout.TrailerSize) = number;
    }

    /// <summary>Makes it and what follows it one that holds nothing. All of them are over; the number at the end stays.</summary>
    public void Extend(ulong size)
    {
        // In this order: one that is done has no use for its payload, and a size is that of a frame at any moment.
        Volatile.Write(ref *(ulong*)Payload, size);
        State = FrameState.Filler;
    }

    /// <summary>Marks it as one that this process works on.</summary>
    public void Lease()
    {
        Volatile.Write(ref *(long*)(address + OwnerOffset), OwnedWord.Mine);
        State = FrameState.Leased;
    }
}
