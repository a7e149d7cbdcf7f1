namespace Cohort.Serializing;

/// <summary>
/// The body of a family of types, written under the name of their public base type: often the actual types are internal.
/// </summary>
internal abstract class Surrogate<T> : Body
    where T : class
{
    public sealed override Type WireType => typeof(T);

    protected abstract void Write(PickleWriter writer, T value);

    protected abstract T Read(PickleReader reader, int id);

    public sealed override void WriteObject(PickleWriter writer, object value)
    {
        writer.CompletePartsOnly++;
        Write(writer, (T)value);
        writer.CompletePartsOnly--;
    }

    public sealed override object ReadObject(PickleReader reader, int id) => Read(reader, id);
}
