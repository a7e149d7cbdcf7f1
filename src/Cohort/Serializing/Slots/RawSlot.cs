namespace Cohort.Serializing;

/// <summary>A value whose memory is the value: it is copied.</summary>
internal sealed class RawSlot<T> : Slot<T>
{
    public override void Write(PickleWriter writer, ref T value) => writer.WriteUnmanaged(value);

    public override T Read(PickleReader reader) => reader.ReadUnmanaged<T>();
}
