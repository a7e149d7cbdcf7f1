using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>Sends the memory; the receiver reads the layout from it.</summary>
internal sealed class SharedListPickler : IPickler<SharedList>
{
    public void Write(PickleWriter writer, SharedList value) => writer.Write(value.Memory);

    public SharedList Read(PickleReader reader) => SharedList.Over(reader.Read<SharedMemory>());
}
