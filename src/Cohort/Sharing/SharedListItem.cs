using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Cohort.Sharing;

/// <summary>
/// One value of a <see cref="SharedList"/>, as Python's struct module would pack it. Its format says how its slot is read,
/// and its code what the bytes stand for.
/// </summary>
internal readonly struct SharedListItem
{
    /// <summary>Of a number's slot; slots of text are multiples of it.</summary>
    public const int Unit = 8;

    /// <summary>Bytes of a format, padded with zeros.</summary>
    public const int FormatLength = 8;

    private const byte ScalarCode = 0;
    private const byte StringCode = 1;
    private const byte BytesCode = 2;
    private const byte NullCode = 3;

    /// <summary>The longest slot whose size can be written in a format.</summary>
    private const int LongestSlot = 9_999_992;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? _scalarFormat;
    private readonly long _scalar;
    private readonly byte[]? _text;
    private readonly byte _code;

    private SharedListItem(string format, long scalar, byte code = ScalarCode)
    {
        _scalarFormat = format;
        _scalar = scalar;
        _code = code;
    }

    private SharedListItem(byte[] text, byte code)
    {
        _text = text;
        _code = code;
    }

    /// <summary>Of the slot that a new list gives the value: at least one byte more than it has.</summary>
    public int SlotLength => _text is null ? Unit : Unit * ((_text.Length / Unit) + 1);

    private double AsDouble => BitConverter.Int64BitsToDouble(_scalar);

    /// <exception cref="ArgumentException">Such a value cannot be in a list.</exception>
    public static SharedListItem From(object? value) => value switch
    {
        null => new SharedListItem("xxxxxx?x", 0, NullCode),

        // The one byte of a Boolean is the last of its slot.
        bool truth => new SharedListItem("xxxxxxx?", truth ? 1L << 56 : 0),
        long or int or short or sbyte or byte or ushort or uint => Integer(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        ulong number => number <= long.MaxValue
            ? Integer((long)number)
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An integer in a shared list has 64 bits and a sign."),
        float number => Float(number),
        double number => Float(number),
        string text => Text(s_utf8.GetBytes(text), StringCode),
        byte[] bytes => Text(bytes, BytesCode),
        _ => throw new ArgumentException(
            $"A shared list holds integers, floating-point numbers, Booleans, strings, byte arrays and null, not a {value.GetType()}.",
            nameof(value)),
    };

    /// <summary>Reads a slot.</summary>
    /// <exception cref="InvalidDataException">The format is none of a list's, or the text is no UTF-8.</exception>
    public static object? Read(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> format, byte code)
    {
        format = format.TrimEnd((byte)0);
        if (format is [.. var digits, (byte)'s'])
        {
            return Utf8Parser.TryParse(digits, out int width, out int used) && used == digits.Length && width >= 0 && width <= slot.Length
                ? ReadText(slot[..width], code)
                : throw Unknown(format);
        }

        return code == NullCode && format.SequenceEqual("xxxxxx?x"u8)
            ? null
            : format switch
            {
                [(byte)'q'] => BinaryPrimitives.ReadInt64LittleEndian(slot),
                [(byte)'d'] => BinaryPrimitives.ReadDoubleLittleEndian(slot),
                _ when format.SequenceEqual("xxxxxxx?"u8) => slot[Unit - 1] != 0,
                _ => throw Unknown(format),
            };
    }

    /// <summary>Whether a slot has room for the value.</summary>
    public bool FitsInto(int slotLength) => _text is null || _text.Length <= slotLength;

    /// <summary>Writes the value, and how it is to be read.</summary>
    /// <param name="slot">A text fills it to its end with zeros; a number leaves the rest as it is.</param>
    public void Write(Span<byte> slot, Span<byte> format, ref byte code)
    {
        if (_text is null)
        {
            BinaryPrimitives.WriteInt64LittleEndian(slot, _scalar);
        }
        else
        {
            _text.CopyTo(slot);
            slot[_text.Length..].Clear();
        }

        format.Clear();
        Encoding.ASCII.GetBytes(_scalarFormat ?? string.Create(CultureInfo.InvariantCulture, $"{slot.Length}s"), format);
        code = _code;
    }

    /// <summary>The format as text, such as <c>16s</c>.</summary>
    public static string FormatOf(ReadOnlySpan<byte> format) => Encoding.ASCII.GetString(format.TrimEnd((byte)0));

    /// <summary>Whether two values that came out of a list, or could be in one, are the same.</summary>
    public static bool AreEqual(in SharedListItem left, in SharedListItem right)
    {
        if (left._code != right._code || left._scalarFormat != right._scalarFormat)
        {
            return false;
        }

        // What a list gives back has lost its final zeros, so they do not count in what is looked for either.
        return left._text is null
            ? left._scalar == right._scalar || (left._scalarFormat == "d" && left.AsDouble.Equals(right.AsDouble))
            : left._text.AsSpan().TrimEnd((byte)0).SequenceEqual(right._text.AsSpan().TrimEnd((byte)0));
    }

    private static SharedListItem Integer(long number) => new("q", number);

    private static SharedListItem Float(double number) => new("d", BitConverter.DoubleToInt64Bits(number));

    private static SharedListItem Text(byte[] text, byte code) => text.Length < LongestSlot
        ? new SharedListItem(text, code)
        : throw new ArgumentException(
            $"A string or byte array in a shared list has less than {LongestSlot} bytes; this one has {text.Length}.", nameof(text));

    private static object ReadText(ReadOnlySpan<byte> slot, byte code)
    {
        ReadOnlySpan<byte> text = slot.TrimEnd((byte)0);
        if (code != StringCode)
        {
            return text.ToArray();
        }

        try
        {
            return s_utf8.GetString(text);
        }
        catch (DecoderFallbackException fault)
        {
            throw new InvalidDataException(
                "A string in the shared list is no valid UTF-8: Python cuts one that is not ASCII when it makes a list of it.", fault);
        }
    }

    private static InvalidDataException Unknown(ReadOnlySpan<byte> format) =>
        new($"The shared list has an item with the format '{FormatOf(format)}', which is none of a list's or does not fit its slot.");
}
