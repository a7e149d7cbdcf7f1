namespace Cohort.Serializing;

/// <summary>A boxed raw struct.</summary>
internal sealed class RawBody<T> : Body<T>
{
    public override void Write(PickleWriter writer, ref T value) => writer.WriteUnmanaged(value);

    public override T Read(PickleReader reader, int id) => reader.ReadUnmanaged<T>();
}
