using Cohort.Platform;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>An array of raw elements: its length and its memory.</summary>
internal sealed class RawArrayBody<T> : Body<T[]>
{
    public override void Write(PickleWriter writer, ref T[] value)
    {
        writer.WriteVar((uint)value.Length);
        ref byte data = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(value));
        writer.WriteRaw(value, ref data, (long)value.Length * Unsafe.SizeOf<T>());
    }

    public override T[] Read(PickleReader reader, int id)
    {
        int length = reader.ReadRawCount(Unsafe.SizeOf<T>());
        T[] array = LargeArrays.Allocate<T>(length);
        ref byte data = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array));
        reader.ReadRaw(ref data, (long)length * Unsafe.SizeOf<T>());
        return array;
    }
}
