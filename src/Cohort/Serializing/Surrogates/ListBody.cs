using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>A list: its elements.</summary>
internal sealed class ListBody<T> : Body<List<T>>
{
    public override bool CanDefer => !RawSpans<T>.IsRaw;

    public override void Write(PickleWriter writer, ref List<T> value)
    {
        Span<T> items = CollectionsMarshal.AsSpan(value);
        if (RawSpans<T>.IsRaw)
        {
            writer.WriteVar((uint)items.Length);
            T[] array = Items(value);
            writer.WriteRaw(
                array, ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)), (long)items.Length * Unsafe.SizeOf<T>());
        }
        else
        {
            Elements.WriteCounted(writer, items);
        }
    }

    public override List<T> Read(PickleReader reader, int id)
    {
        if (RawSpans<T>.IsRaw)
        {
            // May be more bytes than a span can have.
            List<T> raw = Sized(reader.ReadRawCount(Unsafe.SizeOf<T>()));
            ref T data = ref MemoryMarshal.GetReference(CollectionsMarshal.AsSpan(raw));
            reader.ReadRaw(ref Unsafe.As<T, byte>(ref data), (long)raw.Count * Unsafe.SizeOf<T>());
            return raw;
        }

        List<T> list = Sized(reader.ReadCount());
        reader.SetObject(id, list);
        Elements.Read(reader, CollectionsMarshal.AsSpan(list));
        return list;
    }

    public override void WriteShape(PickleWriter writer, object value) => writer.WriteVar((uint)((List<T>)value).Count);

    public override void WriteContent(PickleWriter writer, object value) =>
        Elements.Write(writer, CollectionsMarshal.AsSpan((List<T>)value));

    public override object ReadShape(PickleReader reader) => Sized(reader.ReadCount());

    public override void ReadContent(PickleReader reader, object value) =>
        Elements.Read(reader, CollectionsMarshal.AsSpan((List<T>)value));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_items")]
    private static extern ref T[] Items(List<T> list);

    private static List<T> Sized(int count)
    {
        List<T> list = new(count);
        CollectionsMarshal.SetCount(list, count);
        return list;
    }
}
