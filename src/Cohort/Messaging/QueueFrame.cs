using Cohort.Synchronizing;

namespace Cohort.Messaging;

/// <summary>One item in a queue's ring (see <see cref="QueueLayout"/>).</summary>
internal readonly unsafe struct QueueFrame(byte* address)
{
    public byte* Payload => address + QueueLayout.HeaderSize;

    public uint Length => *(uint*)address;

    public ulong Number => *(ulong*)(address + 8);

    public ulong Size => *(ulong*)(address + 24);

    /// <summary>What has become of it. Marking it as done is what takes it.</summary>
    public FrameState State
    {
        get => (FrameState)Volatile.Read(ref *(int*)(address + 4));
        set => Volatile.Write(ref *(int*)(address + 4), (int)value);
    }

    /// <summary>Whether a process works on it that still lives.</summary>
    public bool IsWorkedOn => State == FrameState.Leased && OwnedWord.IsAlive(Volatile.Read(ref *(long*)(address + 16)));

    /// <summary>Writes all but the payload.</summary>
    public void Write(uint length, FrameState state, ulong number, ulong size)
    {
        *(uint*)address = length;
        State = state;
        *(ulong*)(address + 8) = number;
        *(ulong*)(address + 24) = size;
        *(ulong*)(address + size - QueueLayout.TrailerSize) = number;
    }

    /// <summary>Marks it as one that this process works on.</summary>
    public void Lease()
    {
        Volatile.Write(ref *(long*)(address + 16), OwnedWord.Mine);
        State = FrameState.Leased;
    }
}
