using System.Text;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>
/// Strings that stand for bytes which need not be UTF-8: names of files, arguments, variables. A byte that cannot be decoded
/// becomes a lone surrogate, U+DC80 to U+DCFF, and that byte again wherever a command is started; Python does the same.
/// </summary>
public static class RawText
{
    /// <summary>The string that stands for these bytes.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
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

    /// <summary>The bytes that a string stands for.</summary>
    public static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = new byte[NativeText.GetByteCount(text)];
        NativeText.GetBytes(text, bytes);
        return bytes;
    }
}
