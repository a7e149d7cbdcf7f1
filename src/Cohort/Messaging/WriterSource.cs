using Cohort.Serializing;

namespace Cohort.Messaging;

/// <summary>What a <see cref="PickleWriter"/> holds, behind a word of its own, as a message for a ring.</summary>
internal sealed class WriterSource(PickleWriter writer) : IRingSource
{
    private const int PrefixSize = sizeof(int);

    /// <summary>Stands before the writer's bytes; may be set after they were written.</summary>
    public int Prefix { get; set; }

    public PickleWriter Writer { get; } = writer;

    public long Length => PrefixSize + Writer.TotalLength;

    public void CopyTo(long offset, Span<byte> destination)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        BitConverter.TryWriteBytes(prefix, Prefix);
        long skip = offset;
        Take(prefix, ref skip, ref destination);
        for (int i = 0; i < Writer.SegmentCount && !destination.IsEmpty; i++)
        {
            Take(Writer.GetSegment(i), ref skip, ref destination);
        }
    }

    /// <summary>Passes over the first bytes while there are some to skip, then copies what fits.</summary>
    private static void Take(scoped ReadOnlySpan<byte> segment, ref long skip, ref Span<byte> destination)
    {
        if (skip >= segment.Length)
        {
            skip -= segment.Length;
            return;
        }

        ReadOnlySpan<byte> part = segment[(int)skip..];
        part = part[..Math.Min(part.Length, destination.Length)];
        part.CopyTo(destination);
        destination = destination[part.Length..];
        skip = 0;
    }
}
