namespace Cohort.Messaging;

/// <summary>Bytes as a message, which somebody holds in place until it is sent.</summary>
internal sealed unsafe class PinnedSource(byte* start, int length) : IRingSource
{
    public long Length => length;

    public void CopyTo(long offset, Span<byte> destination) =>
        new ReadOnlySpan<byte>(start + offset, destination.Length).CopyTo(destination);
}
