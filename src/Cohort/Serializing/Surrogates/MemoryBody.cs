namespace Cohort.Serializing;

/// <summary>The part of an array that the value shows, as an array of its own.</summary>
internal sealed class MemoryBody<T> : Body<Memory<T>>
{
    public override void Write(PickleWriter writer, ref Memory<T> value)
    {
        T[] items = value.ToArray();
        Slot<T[]>.Instance.Write(writer, ref items);
    }

    public override Memory<T> Read(PickleReader reader, int id) => Slot<T[]>.Instance.Read(reader);
}
