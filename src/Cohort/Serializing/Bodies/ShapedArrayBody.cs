using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>An array with several dimensions, or with one that does not start at zero.</summary>
internal sealed class ShapedArrayBody<TArray, T> : Body<TArray>
    where TArray : class
{
    public override void Write(PickleWriter writer, ref TArray value)
    {
        Array array = (Array)(object)value;
        if (array.LongLength > Array.MaxLength)
        {
            throw writer.Refuse($"{TypeDisplay.Of(typeof(TArray))} has {array.LongLength} elements, more than the {Array.MaxLength} that can be sent");
        }

        for (int i = 0; i < array.Rank; i++)
        {
            writer.WriteVar((uint)array.GetLength(i));
            writer.WriteInt32(array.GetLowerBound(i));
        }

        if (RawSpans<T>.IsRaw)
        {
            ref byte data = ref MemoryMarshal.GetArrayDataReference(array);
            writer.WriteRaw(array, ref data, array.LongLength * Unsafe.SizeOf<T>());
        }
        else
        {
            Elements.Write(writer, AsSpan(array));
        }
    }

    public override TArray Read(PickleReader reader, int id)
    {
        int rank = typeof(TArray).GetArrayRank();
        int[] lengths = new int[rank];
        int[] lowerBounds = new int[rank];
        long total = 1;
        for (int i = 0; i < rank; i++)
        {
            uint length = reader.ReadVar();
            lowerBounds[i] = reader.ReadInt32();
            if (length > Array.MaxLength || lowerBounds[i] > int.MaxValue - (int)length)
            {
                throw new PickleException("An array in the message has impossible bounds.");
            }

            lengths[i] = (int)length;
            total = total * length > Array.MaxLength ? long.MaxValue / Array.MaxLength : total * length;
        }

        Claim(reader, total);
        Array array = Array.CreateInstanceFromArrayType(typeof(TArray), lengths, lowerBounds);
        reader.SetObject(id, array);
        if (RawSpans<T>.IsRaw)
        {
            reader.ReadRaw(ref MemoryMarshal.GetArrayDataReference(array), total * Unsafe.SizeOf<T>());
        }
        else
        {
            Elements.Read(reader, AsSpan(array));
        }

        return (TArray)(object)array;
    }

    private static void Claim(PickleReader reader, long total)
    {
        if (!RawSpans<T>.IsRaw)
        {
            reader.Claim(total);
        }
        else if (total > Array.MaxLength || total * Unsafe.SizeOf<T>() > reader.Remaining)
        {
            throw new PickleException("The message ends before its value does, or it is not a message.");
        }
    }

    private static Span<T> AsSpan(Array array) => MemoryMarshal.CreateSpan(
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), checked((int)array.LongLength));
}
