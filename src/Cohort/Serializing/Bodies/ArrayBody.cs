namespace Cohort.Serializing;

/// <summary>An array of references, strings or structs with such in them.</summary>
internal sealed class ArrayBody<T> : Body<T[]>
{
    public override void Write(PickleWriter writer, ref T[] value)
    {
        // Bodies are chosen by the exact type of the array, so that covariance does not get in the way of a span.
        Elements.WriteCounted(writer, value.AsSpan());
    }

    public override T[] Read(PickleReader reader, int id)
    {
        T[] array = new T[reader.ReadCount()];
        reader.SetObject(id, array);
        Elements.Read(reader, array.AsSpan());
        return array;
    }
}
