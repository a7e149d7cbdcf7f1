using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Serializing;

/// <summary>The raw elements that a value shows of an array: their number and their memory, where they lie.</summary>
internal static class RawMemory
{
    public static void Write<T>(PickleWriter writer, ReadOnlyMemory<T> value)
    {
        // What lies in no array is the memory of somebody who may take it back before the message is sent.
        ArraySegment<T> items = MemoryMarshal.TryGetArray(value, out ArraySegment<T> segment) && segment.Array is not null
            ? segment
            : new ArraySegment<T>(value.ToArray());
        writer.WriteVar((uint)items.Count);
        ref T first = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(items.Array!), items.Offset);
        writer.WriteRaw(items.Array!, ref Unsafe.As<T, byte>(ref first), (long)items.Count * Unsafe.SizeOf<T>());
    }

    public static T[] Read<T>(PickleReader reader)
    {
        int length = reader.ReadRawCount(Unsafe.SizeOf<T>());
        T[] items = LargeArrays.Allocate<T>(length);
        reader.ReadRaw(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(items)), (long)length * Unsafe.SizeOf<T>());
        return items;
    }
}
