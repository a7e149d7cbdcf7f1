namespace Cohort.Serializing;

/// <summary>An array of references, strings or structs with such in them.</summary>
/// <remarks>Bodies are chosen by the exact type of the array, so that covariance does not get in the way of a span.</remarks>
internal sealed class ArrayBody<T> : Body<T[]>
{
    public override bool CanDefer => true;

    public override void Write(PickleWriter writer, ref T[] value) => Elements.WriteCounted(writer, value.AsSpan());

    public override T[] Read(PickleReader reader, int id)
    {
        T[] array = new T[reader.ReadCount()];
        reader.SetObject(id, array);
        Elements.Read(reader, array.AsSpan());
        return array;
    }

    public override void WriteShape(PickleWriter writer, object value) => writer.WriteVar((uint)((T[])value).Length);

    public override void WriteContent(PickleWriter writer, object value) => Elements.Write(writer, ((T[])value).AsSpan());

    public override object ReadShape(PickleReader reader) => new T[reader.ReadCount()];

    public override void ReadContent(PickleReader reader, object value) => Elements.Read(reader, ((T[])value).AsSpan());
}
