using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cohort.Serializing;

public sealed unsafe partial class PickleReader
{
    private const int LongestPlainText = 64;

    /// <summary>Reads a value that was written with the same static type.</summary>
    /// <typeparam name="T">The static type.</typeparam>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The bytes are not such a value.</exception>
    public T Read<T>() => Slot<T>.Instance.Read(this);

    /// <summary>Reads one byte.</summary>
    /// <returns>The byte.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public byte ReadByte() => Take(1);

    /// <summary>Reads a Boolean.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public bool ReadBoolean() => Take(1) != 0;

    /// <summary>Reads two bytes.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public short ReadInt16() => ReadUnmanaged<short>();

    /// <summary>Reads four bytes.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public int ReadInt32() => ReadUnmanaged<int>();

    /// <summary>Reads eight bytes.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public long ReadInt64() => ReadUnmanaged<long>();

    /// <summary>Reads four bytes.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public float ReadSingle() => ReadUnmanaged<float>();

    /// <summary>Reads eight bytes.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public double ReadDouble() => ReadUnmanaged<double>();

    /// <summary>Reads sixteen bytes.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public Guid ReadGuid() => new(TakeSpan(16));

    /// <summary>
    /// Reads a count that <see cref="PickleWriter.WriteLength"/> wrote. Of the elements that it counts each must take
    /// at least one byte: a larger count than that is refused, so that it is safe to allocate for it.
    /// </summary>
    /// <returns>The count.</returns>
    /// <exception cref="PickleException">The count cannot be right or the message has ended.</exception>
    public int ReadLength() => ReadCount();

    /// <summary>Reads what <see cref="PickleWriter.WriteBytes"/> wrote.</summary>
    /// <returns>A new array.</returns>
    /// <exception cref="PickleException">The message has ended.</exception>
    public byte[] ReadBytes() => TakeSpan(ReadRawCount(1)).ToArray();

    /// <summary>Reads what <see cref="PickleWriter.WriteString"/> wrote.</summary>
    /// <returns>The string or null.</returns>
    /// <exception cref="PickleException">The bytes are not a string.</exception>
    public string? ReadString()
    {
        uint lead = ReadVar();
        if (lead < PickleWriter.StringBias)
        {
            return lead == 0 ? null : ReadStringReference();
        }

        lead -= PickleWriter.StringBias;
        int length = (int)(lead >> 1);
        if (length < PickleWriter.SharedStringLength && (lead & 1) == 0)
        {
            return ReadNarrow(length);
        }

        return ReadLongString(length, (lead & 1) != 0);
    }

    internal void ReadSpanBytes(Span<byte> destination) => ReadRaw(ref MemoryMarshal.GetReference(destination), destination.Length);

    /// <summary>Copies into memory that may be larger than a span.</summary>
    internal void ReadRaw(ref byte destination, long byteCount)
    {
        if (byteCount > Remaining)
        {
            ThrowTruncated();
        }

        if (byteCount > _end - _cursor)
        {
            ReadAcross(ref destination, byteCount);
            return;
        }

        fixed (byte* target = &destination)
        {
            Buffer.MemoryCopy(_cursor, target, byteCount, byteCount);
        }

        _cursor += byteCount;
    }

    internal ReadOnlySpan<byte> ReadBytesInPlace() => TakeSpan(ReadRawCount(1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private string ReadLongString(int length, bool wide)
    {
        if ((long)length << (wide ? 1 : 0) > Remaining)
        {
            ThrowTruncated();
        }

        string text = wide ? ReadWide(length) : ReadNarrow(length);
        if (length >= PickleWriter.SharedStringLength)
        {
            SetObject(ReserveObject(), text);
        }

        return text;
    }

    private string ReadNarrow(int length)
    {
        ReadOnlySpan<byte> bytes = TakeSpan(length);
        string text = new('\0', length);
        fixed (char* characters = text)
        {
            if (!TryWiden(bytes, characters))
            {
                throw new PickleException("A string in the message is not in the encoding that it claims.");
            }
        }

        return text;
    }

    /// <summary>The framework's way is faster for long text, but its first use costs a new process two milliseconds for types of vectors.</summary>
    private static bool TryWiden(ReadOnlySpan<byte> bytes, char* characters)
    {
        if (bytes.Length > LongestPlainText)
        {
            return Ascii.ToUtf16(bytes, new Span<char>(characters, bytes.Length), out _) == OperationStatus.Done;
        }

        int all = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            all |= bytes[i];
            characters[i] = (char)bytes[i];
        }

        return all <= sbyte.MaxValue;
    }

    private string ReadWide(int length)
    {
        string text = new('\0', length);
        fixed (char* characters = text)
        {
            ReadRaw(ref *(byte*)characters, length * 2L);
        }

        return text;
    }

    private string ReadStringReference() =>
        GetObject(ReadVar()) as string ?? throw new PickleException("The message refers to something else as a string.");
}
