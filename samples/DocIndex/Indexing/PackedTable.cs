namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// A row of byte strings in two arrays. Thousands of names and postings travel between processes as two memory copies
/// and cost their reader no object each.
/// </summary>
internal sealed class PackedTable(byte[] bytes, int[] ends)
{
    public static PackedTable Empty { get; } = new([], []);

    public int Count => ends.Length;

    public long ByteCount => bytes.LongLength;

    /// <summary>All rows, one directly after the other.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Where each row ends in <see cref="Bytes"/>.</summary>
    public ReadOnlySpan<int> Ends => ends;

    public ReadOnlySpan<byte> this[int row] => bytes.AsSpan(Start(row)..ends[row]);

    private int Start(int row) => row == 0 ? 0 : ends[row - 1];
}
