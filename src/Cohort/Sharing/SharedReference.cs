using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>How a message names a cell: where its sender has it open, and what it has to be.</summary>
/// <param name="Owner">The process that sends it, whose descriptor the receiver opens.</param>
/// <param name="Descriptor">The number of that descriptor there.</param>
/// <param name="File">What it must be: descriptors are used again.</param>
/// <param name="IsNamed">Whether the file has a name.</param>
/// <param name="Offset">Of the cell.</param>
/// <param name="Generation">Of the cell: they too are used again.</param>
/// <param name="Kind">What lies there.</param>
/// <param name="Length">Bytes behind the cell's header.</param>
internal readonly record struct SharedReference(
    ProcessIdentity Owner, int Descriptor, FileIdentity File, bool IsNamed, long Offset, int Generation, SharedKind Kind, long Length)
{
    public void Write(PickleWriter writer)
    {
        writer.WriteInt32(Owner.ProcessId);
        writer.WriteInt64((long)Owner.StartTime);
        writer.WriteInt32(Descriptor);
        writer.WriteInt32((int)File.DeviceMajor);
        writer.WriteInt32((int)File.DeviceMinor);
        writer.WriteInt64((long)File.Inode);
        writer.WriteBoolean(IsNamed);
        writer.WriteInt64(Offset);
        writer.WriteInt32(Generation);
        writer.WriteInt32((int)Kind);
        writer.WriteInt64(Length);
    }

    public static SharedReference Read(PickleReader reader) => new(
        new ProcessIdentity(reader.ReadInt32(), (ulong)reader.ReadInt64()),
        reader.ReadInt32(),
        new FileIdentity((uint)reader.ReadInt32(), (uint)reader.ReadInt32(), (ulong)reader.ReadInt64()),
        reader.ReadBoolean(),
        reader.ReadInt64(),
        reader.ReadInt32(),
        (SharedKind)reader.ReadInt32(),
        reader.ReadInt64());
}
