using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cohort.Interop;

/// <summary>Strings that become C strings, in UTF-8.</summary>
/// <remarks>
/// A byte that is no UTF-8 stands in a string as the lone surrogate U+DC80 to U+DCFF, as Python has it (PEP 383), and becomes
/// that byte again.
/// </remarks>
internal static class NativeText
{
    /// <exception cref="ArgumentException">The text holds a zero character, which would cut it short.</exception>
    public static void ThrowIfUnfit([NotNull] string? text, string parameterName)
    {
        ArgumentNullException.ThrowIfNull(text, parameterName);
        int position = text.IndexOf('\0', StringComparison.Ordinal);
        if (position >= 0)
        {
            throw new ArgumentException(
                $"The text \"{text.Replace("\0", "\\0", StringComparison.Ordinal)}\" holds a zero character at {position}; "
                + "the system would take it for the end.",
                parameterName);
        }
    }

    /// <summary>How many bytes <see cref="GetBytes"/> writes.</summary>
    public static int GetByteCount(string text) =>
        HasEscapes(text) ? EncodeWithEscapes(text).Length : Encoding.UTF8.GetByteCount(text);

    /// <summary>Encodes; returns the number of bytes.</summary>
    public static int GetBytes(string text, Span<byte> destination)
    {
        if (!HasEscapes(text))
        {
            return Encoding.UTF8.GetBytes(text, destination);
        }

        byte[] bytes = EncodeWithEscapes(text);
        bytes.CopyTo(destination);
        return bytes.Length;
    }

    /// <summary>The other way.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        Span<char> characters = stackalloc char[2];
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(characters[..rune.EncodeToUtf16(characters)]);
            }
            else
            {
                foreach (byte raw in bytes[..consumed])
                {
                    text.Append((char)(0xDC00 + raw));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>Whether a byte that is no UTF-8 stands in it.</summary>
    public static bool HasEscapes(string text)
    {
        int position = 0;
        while (text.AsSpan(position).IndexOfAnyInRange('\uDC80', '\uDCFF') is var next && next >= 0)
        {
            position += next;
            if (position == 0 || !char.IsHighSurrogate(text[position - 1]))
            {
                return true;
            }

            position++;
        }

        return false;
    }

    private static byte[] EncodeWithEscapes(string text)
    {
        List<byte> bytes = [];
        Span<byte> one = stackalloc byte[4];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is >= '\uDC80' and <= '\uDCFF')
            {
                bytes.Add((byte)text[i]);
                continue;
            }

            // A pair is taken together, so that its second half is never met above.
            Rune rune = Rune.TryGetRuneAt(text, i, out Rune whole) ? whole : Rune.ReplacementChar;
            bytes.AddRange(one[..rune.EncodeToUtf8(one)]);
            i += rune.Utf16SequenceLength - 1;
        }

        return [.. bytes];
    }
}
