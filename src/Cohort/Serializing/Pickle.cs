using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/*
 * Overview. The codec carries values between processes that run the same build, as Python's pickle does, but by fields:
 * no attributes, no contracts, private and read-only fields included.
 *
 *   Slot<T>   a place declared as T: how little must be said there depends on T alone.
 *   Body<T>   the content of an object known to be new and of type T.
 *
 * Format. No framing and no header; a message is the slots that were written into one PickleWriter.
 *
 *   slot of a raw struct        its memory (no references, pointers or picklers anywhere inside)
 *   slot of string              var: 0 null · 1 known long string, var number · 2 + (length << 1 | wide), characters
 *   slot of another struct      its body
 *   slot of a class/interface   var: 0 null · 1 new object of exactly this type, body · 2 type, body · 3 string
 *                               · 4, 5 as 1, 2 with the content after the slot (see DeepGraph)
 *                               · 6 + number of an object that the message has already
 *   body by default             the raw fields, then the others, each as a slot; base classes first
 *   body of T[]                 var length, then raw memory or slots
 *   type                        var: 0 blob (see TypeBlobs) · 1 + code of a well-known type · 48 + number in the message
 *
 * "var" is a little-endian base-128 number. Objects, and strings of 256 characters or more, are numbered in the order in
 * which they are first met, before their content, so that cycles close. Every slot takes at least one byte; the reader's
 * protection against lengths that lie rests on that.
 *
 * Types that hold hashes, native state or process-wide identities have a body of their own (Surrogates/); those that
 * cannot travel are named in Refusals. Types and methods are named with the module version ids of their assemblies,
 * because both fields by order and methods by token mean something only within one build.
 */

/// <summary>The way in for pools and workers: typed values into and out of messages.</summary>
internal static class Pickle
{
    /// <summary>Changes with the format; peers compare it before they exchange messages.</summary>
    public const int FormatVersion = 1;

    [ThreadStatic]
    private static PickleWriter? t_writer;

    [ThreadStatic]
    private static PickleReader? t_reader;

    /// <summary>Appends a slot of type <typeparamref name="T"/>. After a failure the message is unusable; reset the writer.</summary>
    /// <exception cref="PickleException">Something in the value cannot travel; its path starts with <see cref="PickleWriter.RootName"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(PickleWriter writer, T value)
    {
        if (RawSpans<T>.IsRaw)
        {
            writer.WriteUnmanaged(value);
        }
        else
        {
            WriteGraph(writer, value);
        }
    }

    /// <summary>Reads a slot of type <typeparamref name="T"/>.</summary>
    /// <exception cref="PickleException">The bytes are not such a slot.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Read<T>(PickleReader reader) => RawSpans<T>.IsRaw ? reader.ReadUnmanaged<T>() : ReadGraph<T>(reader);

    /// <summary>Appends the values without their number; raw ones with one copy.</summary>
    /// <exception cref="PickleException">Something in a value cannot travel.</exception>
    public static void WriteSpan<T>(PickleWriter writer, ReadOnlySpan<T> values)
    {
        if (RawSpans<T>.IsRaw)
        {
            writer.WriteSpanBytes(RawSpans<T>.AsBytes(values));
            return;
        }

        foreach (T value in values)
        {
            Write(writer, value);
        }
    }

    /// <summary>Reads as many values as the destination has room for.</summary>
    /// <exception cref="PickleException">The bytes are not such values.</exception>
    public static void ReadSpan<T>(PickleReader reader, Span<T> destination)
    {
        if (RawSpans<T>.IsRaw)
        {
            reader.ReadSpanBytes(RawSpans<T>.AsBytes(destination));
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Read<T>(reader);
        }
    }

    /// <summary>A message of its own with one slot.</summary>
    /// <exception cref="PickleException">Something in the value cannot travel.</exception>
    public static byte[] Dumps<T>(T value)
    {
        if (RawSpans<T>.IsRaw)
        {
            byte[] raw = new byte[Unsafe.SizeOf<T>()];
            Unsafe.WriteUnaligned(ref raw[0], value);
            return raw;
        }

        // Taken and put back, because a pickler may come here again while it is in use.
        PickleWriter writer = t_writer ?? new PickleWriter();
        t_writer = null;
        WriteGraph(writer, value);
        byte[] message = writer.ToArray();
        writer.Reset();
        t_writer = writer;
        return message;
    }

    /// <summary>The value of a message with one slot.</summary>
    /// <exception cref="PickleException">The bytes are not such a message.</exception>
    public static unsafe T Loads<T>(ReadOnlySpan<byte> message)
    {
        if (RawSpans<T>.IsRaw && message.Length == Unsafe.SizeOf<T>())
        {
            return Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(message));
        }

        PickleReader reader = t_reader ?? new PickleReader();
        t_reader = null;
        fixed (byte* data = message)
        {
            reader.Reset(data, message.Length);
            T value = Read<T>(reader);
            reader.EnsureAtEnd();
            reader.Clear();
            t_reader = reader;
            return value;
        }
    }

    private static void WriteGraph<T>(PickleWriter writer, T value)
    {
        try
        {
            Slot<T>.Instance.Write(writer, ref value);
            writer.WriteDeferred();
        }
        catch (Exception exception)
        {
            writer.Undo();
            if (exception is PickleException { Path: not null })
            {
                throw;
            }

            throw FaultFinder.Explain(writer, value, exception);
        }
    }

    private static T ReadGraph<T>(PickleReader reader)
    {
        try
        {
            T value = Slot<T>.Instance.Read(reader);
            reader.Complete();
            return value;
        }
        catch (Exception exception) when (exception is not CohortException)
        {
            // A fault that a pickler reports of the other side (a shared object that is gone) is not one of the message.
            throw new PickleException(
                $"The message could not be read as {TypeDisplay.Of(typeof(T))}: {exception.Message}", exception);
        }
    }
}
