using System.Text;

namespace Cohort.Subprocesses;

/// <summary>Another encoding without its byte order mark, which a command would take for part of its input.</summary>
internal sealed class EncodingWithoutMark(Encoding encoding) : Encoding(encoding.CodePage, encoding.EncoderFallback, encoding.DecoderFallback)
{
    public override string EncodingName => encoding.EncodingName;

    public override string WebName => encoding.WebName;

    public override ReadOnlySpan<byte> Preamble => default;

    public override byte[] GetPreamble() => [];

    public override Encoder GetEncoder() => encoding.GetEncoder();

    public override Decoder GetDecoder() => encoding.GetDecoder();

    public override int GetByteCount(char[] chars, int index, int count) => encoding.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        encoding.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => encoding.GetCharCount(bytes, index, count);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        encoding.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetMaxByteCount(int charCount) => encoding.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => encoding.GetMaxCharCount(byteCount);
}
