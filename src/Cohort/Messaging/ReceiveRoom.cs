using System.Buffers;

namespace Cohort.Messaging;

/// <summary>Memory of the receiver's, which stays where it is, into which a long message may be gathered. The default is none.</summary>
internal readonly unsafe struct ReceiveRoom(byte* start, int length)
{
    public byte* Start { get; } = start;

    public int Length { get; } = length;

    public static ReceiveRoom In(MemoryHandle pinned, int length) => new((byte*)pinned.Pointer, length);
}
