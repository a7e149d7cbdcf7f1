using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>A message that is an array.</summary>
internal sealed class BytesSource(byte[] bytes) : IRingSource
{
    public long Length => bytes.Length;

    public static BytesSource Numbered(int length, int seed) => new(Content(length, seed));

    /// <summary>Bytes that differ from place to place and from message to message.</summary>
    public static byte[] Content(int length, int seed)
    {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++)
        {
            content[i] = (byte)((i * 31) + (i >> 8) + seed);
        }

        return content;
    }

    public void CopyTo(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
}
