namespace Cohort.Serializing;

/// <summary>The part of an array that the value shows, as an array of its own.</summary>
internal sealed class ReadOnlyMemoryBody<T> : Body<ReadOnlyMemory<T>>
{
    public override void Write(PickleWriter writer, ref ReadOnlyMemory<T> value)
    {
        if (RawSpans<T>.IsRaw)
        {
            RawMemory.Write<T>(writer, value);
            return;
        }

        T[] items = value.ToArray();
        Slot<T[]>.Instance.Write(writer, ref items);
    }

    public override ReadOnlyMemory<T> Read(PickleReader reader, int id) =>
        RawSpans<T>.IsRaw ? RawMemory.Read<T>(reader) : Slot<T[]>.Instance.Read(reader);
}
