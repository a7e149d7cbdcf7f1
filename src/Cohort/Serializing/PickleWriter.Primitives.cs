using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cohort.Serializing;

public sealed partial class PickleWriter
{
    /// <summary>Longer strings are written once a message and referred to after that.</summary>
    internal const int SharedStringLength = 256;

    /// <summary>Two of the lead values of a string are taken: null and reference.</summary>
    internal const uint StringBias = 2;

    private const int ShortString = 62;

    /// <summary>Writes a value of any type, as a field of that type would be.</summary>
    /// <typeparam name="T">The static type; the reader must ask for the same one.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="PickleException">The value or something in it cannot cross processes.</exception>
    public void Write<T>(T value) => Slot<T>.Instance.Write(this, ref value);

    /// <summary>Writes one byte.</summary>
    /// <param name="value">The byte.</param>
    public void WriteByte(byte value) => Reserve(1) = value;

    /// <summary>Writes a Boolean as one byte.</summary>
    /// <param name="value">The value.</param>
    public void WriteBoolean(bool value) => Reserve(1) = value ? (byte)1 : (byte)0;

    /// <summary>Writes two bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt16(short value) => WriteUnmanaged(value);

    /// <summary>Writes four bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt32(int value) => WriteUnmanaged(value);

    /// <summary>Writes eight bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt64(long value) => WriteUnmanaged(value);

    /// <summary>Writes four bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteSingle(float value) => WriteUnmanaged(value);

    /// <summary>Writes eight bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteDouble(double value) => WriteUnmanaged(value);

    /// <summary>Writes sixteen bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteGuid(Guid value) => value.TryWriteBytes(ReserveSpan(16));

    /// <summary>Writes a count or length in one to five bytes.</summary>
    /// <param name="value">Zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public void WriteLength(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        WriteVar((uint)value);
    }

    /// <summary>Writes the bytes with their count in front.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteVar((uint)value.Length);
        value.CopyTo(ReserveSpan(value.Length));
    }

    /// <summary>Writes a string without loss, lone surrogates included.</summary>
    /// <param name="value">The string or null.</param>
    /// <remarks>
    /// The lead value is 0 for null, 1 for a long string that the message has already, else twice the length (plus one
    /// for UTF-16; ASCII goes as single bytes) plus <see cref="StringBias"/>.
    /// </remarks>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            Reserve(1) = 0;
            return;
        }

        int length = value.Length;
        if (length <= ShortString)
        {
            ref byte lead = ref Reserve(1 + length);
            Span<byte> narrow = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref lead, 1), length);
            if (Ascii.FromUtf16(value, narrow, out _) == OperationStatus.Done)
            {
                lead = (byte)((length << 1) + StringBias);
                return;
            }

            _position -= 1 + length;
        }

        WriteLongString(value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteLongString(string value)
    {
        if (value.Length >= SharedStringLength && !_objects.Add(value, out int id))
        {
            Reserve(1) = 1;
            WriteVar((uint)id);
            return;
        }

        uint lead = ((uint)value.Length << 1) + StringBias;
        bool isByReference = GoesToSharedMemory && value.Length >= BlockThreshold / 2;
        if (value.Length > ShortString && !isByReference && Ascii.IsValid(value))
        {
            WriteVar(lead);
            Ascii.FromUtf16(value, ReserveSpan(value.Length), out _);
            return;
        }

        WriteVar(lead + 1);
        WriteRaw(value);
    }
}
