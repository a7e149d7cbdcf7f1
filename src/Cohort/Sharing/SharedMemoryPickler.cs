using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>Sends the name, and what tells this memory from another that takes the name later.</summary>
internal sealed class SharedMemoryPickler : IPickler<SharedMemory>
{
    public void Write(PickleWriter writer, SharedMemory value)
    {
        value.ThrowIfDisposed();
        writer.WriteString(value.Name);
        writer.WriteInt32((int)value.Identity.DeviceMajor);
        writer.WriteInt32((int)value.Identity.DeviceMinor);
        writer.WriteInt64((long)value.Identity.Inode);
        writer.WriteInt64(value.Size);
    }

    public SharedMemory Read(PickleReader reader)
    {
        string name = reader.ReadString() ?? "";
        FileIdentity identity = new((uint)reader.ReadInt32(), (uint)reader.ReadInt32(), (ulong)reader.ReadInt64());
        return SharedMemory.Reopen(name, identity, reader.ReadInt64());
    }
}
