namespace Cohort.Messaging;

/// <summary>Bytes as a message.</summary>
internal sealed class BytesSource(ReadOnlyMemory<byte> bytes) : IRingSource
{
    public long Length => bytes.Length;

    public void CopyTo(long offset, Span<byte> destination) =>
        bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
}
