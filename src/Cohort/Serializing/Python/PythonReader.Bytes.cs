using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Cohort.Serializing.Python;

internal ref partial struct PythonReader
{
    /// <summary>Decimal digits take time by the square of their number. Python has the same limit.</summary>
    private const int MostDigits = 4300;

    private static PickleException Truncated() =>
        new("The Python pickle ends before its value does, or it is not a pickle.");

    private static object ToInteger(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= sizeof(long))
        {
            return Narrow(ToLong(bytes));
        }

        try
        {
            return Narrow(new BigInteger(bytes));
        }
        catch (OverflowException exception)
        {
            throw new PickleException($"An int of {bytes.Length} bytes in the Python pickle is too large.", exception);
        }
    }

    private static long ToLong(ReadOnlySpan<byte> bytes)
    {
        long value = bytes.IsEmpty ? 0 : (sbyte)bytes[^1];
        for (int i = bytes.Length - 2; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private static object Narrow(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? Narrow((long)value) : value;

    private static object Narrow(long value) => value == (int)value ? (object)(int)value : value;

    private static object ParseInt(ReadOnlySpan<byte> line)
    {
        // The truth values of protocol 0; no number is written with a zero before it.
        if (line.SequenceEqual("00"u8) || line.SequenceEqual("01"u8))
        {
            return line[1] == '1';
        }

        return ParseDecimal(line);
    }

    private static object ParseLong(ReadOnlySpan<byte> line) =>
        ParseDecimal(line.EndsWith("L"u8) ? line[..^1] : line);

    private static object ParseDecimal(ReadOnlySpan<byte> digits)
    {
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
        {
            return Narrow(value);
        }

        if (digits.Length > MostDigits)
        {
            throw new PickleException($"The Python pickle has an int of {digits.Length} decimal digits, and {MostDigits} are the most that are read.");
        }

        return BigInteger.TryParse(Encoding.Latin1.GetString(digits), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger big)
            ? Narrow(big)
            : throw new PickleException("The Python pickle has an int that is no number.");
    }

    private static object ParseFloat(ReadOnlySpan<byte> line) =>
        line switch
        {
            [(byte)'i', (byte)'n', (byte)'f'] => double.PositiveInfinity,
            [(byte)'-', (byte)'i', (byte)'n', (byte)'f'] => double.NegativeInfinity,
            [(byte)'n', (byte)'a', (byte)'n'] or [(byte)'-', (byte)'n', (byte)'a', (byte)'n'] => double.NaN,
            _ => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw new PickleException("The Python pickle has a float that is no number."),
        };

    private static uint ParseIndex(ReadOnlySpan<byte> line) =>
        uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out uint index)
            ? index
            : throw new PickleException("The Python pickle refers to an object by what is no number.");

    /// <summary>Python 2 has one type for text and for bytes: ASCII is taken for text, anything else cannot be but bytes.</summary>
    private static object ToNativeString(ReadOnlySpan<byte> bytes) =>
        Ascii.IsValid(bytes) ? Encoding.ASCII.GetString(bytes) : bytes.ToArray();

    private byte TakeByte() => _position < _pickle.Length ? _pickle[_position++] : throw Truncated();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw Truncated();
        }

        ReadOnlySpan<byte> taken = _pickle.Slice(_position, count);
        _position += count;
        return taken;
    }

    private ReadOnlySpan<byte> TakeLine()
    {
        int length = _pickle[_position..].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Truncated();
        }

        ReadOnlySpan<byte> line = Take(length);
        _position++;
        return line;
    }

    private uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private int TakeInt32Length()
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        return length >= 0 ? length : throw new PickleException($"The Python pickle claims a length of {length} bytes.");
    }

    private int TakeUInt32Length() => Checked(TakeUInt32());

    private int TakeUInt64Length() => Checked(BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))));

    private readonly int Checked(ulong length) => length <= (ulong)Remaining ? (int)length : throw Truncated();
}
