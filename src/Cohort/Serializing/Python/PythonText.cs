using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Cohort.Serializing.Python;

/// <summary>Text as pickles have it: UTF-8 in which a lone surrogate is three bytes, and the escapes of protocol 0.</summary>
internal static class PythonText
{
    /// <exception cref="PickleException">The bytes are not such text.</exception>
    public static string FromUtf8(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else if (bytes.Length >= 3 && bytes[0] == 0xED && bytes[1] is >= 0xA0 and <= 0xBF && bytes[2] is >= 0x80 and <= 0xBF)
            {
                text.Append((char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F)));
                length = 3;
            }
            else
            {
                throw new PickleException($"A text in the Python pickle has the byte 0x{bytes[0]:x2} where UTF-8 has none.");
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>How many bytes a text takes.</summary>
    public static int Utf8Length(ReadOnlySpan<char> text)
    {
        // A surrogate on its own is replaced by a character that takes three bytes, as it does itself.
        return Encoding.UTF8.GetByteCount(text);
    }

    /// <summary>Writes the bytes of a text, <see cref="Utf8Length"/> in number.</summary>
    public static void ToUtf8(ReadOnlySpan<char> text, Span<byte> destination)
    {
        while (Utf8.FromUtf16(text, destination, out int read, out int written, replaceInvalidSequences: false)
            == System.Buffers.OperationStatus.InvalidData || read < text.Length)
        {
            char lone = text[read];
            destination[written] = (byte)(0xE0 | (lone >> 12));
            destination[written + 1] = (byte)(0x80 | ((lone >> 6) & 0x3F));
            destination[written + 2] = (byte)(0x80 | (lone & 0x3F));
            text = text[(read + 1)..];
            destination = destination[(written + 3)..];
        }
    }

    /// <summary>The text of protocol 0: Latin-1 in which other characters are four or eight hexadecimal digits.</summary>
    /// <exception cref="PickleException">An escape is not whole.</exception>
    public static string FromRawEscapes(ReadOnlySpan<byte> line)
    {
        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            text.Append((char)line[i]);
            if (line[i] != '\\' || i + 1 == line.Length)
            {
                continue;
            }

            char kind = (char)line[++i];
            int digits = kind switch { 'u' => 4, 'U' => 8, _ => 0 };
            if (digits == 0)
            {
                text.Append(kind);
                continue;
            }

            int code = Hexadecimal(line, i + 1, digits);
            text.Length--;
            if (code <= char.MaxValue)
            {
                text.Append((char)code);
            }
            else
            {
                text.Append(char.ConvertFromUtf32(code));
            }

            i += digits;
        }

        return text.ToString();
    }

    /// <summary>The bytes of a quoted string of Python 2.</summary>
    /// <exception cref="PickleException">It is not quoted, or an escape is not one of Python's.</exception>
    public static byte[] FromQuoted(ReadOnlySpan<byte> line)
    {
        line = line.Trim((byte)' ');
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
        {
            throw new PickleException("A string in the Python pickle has no quotes around it.");
        }

        line = line[1..^1];
        byte[] bytes = new byte[line.Length];
        int count = 0;
        for (int i = 0; i < line.Length; i++)
        {
            bytes[count++] = line[i] == '\\' ? Unescape(line, ref i) : line[i];
        }

        return bytes[..count];
    }

    private static byte Unescape(ReadOnlySpan<byte> line, ref int at)
    {
        byte kind = ++at < line.Length ? line[at] : (byte)0;
        switch (kind)
        {
            case (byte)'n': return (byte)'\n';
            case (byte)'r': return (byte)'\r';
            case (byte)'t': return (byte)'\t';
            case (byte)'\\' or (byte)'\'' or (byte)'"': return kind;
            case (byte)'x':
                int code = Hexadecimal(line, at + 1, 2);
                at += 2;
                return (byte)code;
            default:
                throw new PickleException("A string in the Python pickle has an escape that Python does not write.");
        }
    }

    private static int Hexadecimal(ReadOnlySpan<byte> line, int at, int digits)
    {
        if (line.Length - at < digits
            || !uint.TryParse(line.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            || code > 0x10FFFF)
        {
            throw new PickleException("A text in the Python pickle has an escape that is not whole.");
        }

        return (int)code;
    }
}
