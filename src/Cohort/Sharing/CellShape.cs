namespace Cohort.Sharing;

/// <summary>What a cell of a named object is.</summary>
/// <param name="Length">Bytes of the payload.</param>
internal readonly record struct CellShape(SharedKind Kind, long Length)
{
    /// <summary>From one cell to the next: each begins on a cache line.</summary>
    public long Size => SharedCell.HeaderSize + ((Length + SharedCell.HeaderSize - 1) & -SharedCell.HeaderSize);
}
