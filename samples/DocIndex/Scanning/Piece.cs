namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>What one task indexes: a file, or a part of a large one.</summary>
/// <param name="Id">Its number in the run.</param>
/// <param name="File">The file.</param>
/// <param name="Offset">Where the piece begins, in bytes.</param>
/// <param name="Length">How long it is, in bytes.</param>
internal sealed record Piece(int Id, DocumentFile File, long Offset, long Length)
{
    public bool IsWhole => Offset == 0 && Length == File.Length;

    public bool IsFirst => Offset == 0;

    public bool IsLast => Offset + Length == File.Length;

    public static Piece Whole(int id, DocumentFile file) => new(id, file, 0, file.Length);
}
