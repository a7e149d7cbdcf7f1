using Cohort.Interop;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>
/// Strings that stand for bytes which need not be UTF-8: names of files, arguments, variables. A byte that cannot be decoded
/// becomes a lone surrogate, U+DC80 to U+DCFF, and that byte again wherever a command is started; Python does the same.
/// </summary>
public static class RawText
{
    /// <summary>The string that stands for these bytes.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes) => NativeText.Decode(bytes);

    /// <summary>The bytes that a string stands for.</summary>
    public static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = new byte[NativeText.GetByteCount(text)];
        NativeText.GetBytes(text, bytes);
        return bytes;
    }
}
