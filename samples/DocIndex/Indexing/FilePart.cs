namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// The index of one piece: what a worker sends back. It is columns of plain arrays, so that sending it is a few memory
/// copies and merging it touches one entry a distinct word and not one a word.
/// </summary>
internal sealed class FilePart
{
    public required int PieceId { get; init; }

    /// <summary>Why the piece could not be indexed; null when it was. The tables are empty then.</summary>
    public string? Problem { get; init; }

    /// <summary>Documentation ids of the members ("M:System.IO.File.Exists(System.String)") in the order of the text.</summary>
    public PackedTable Members { get; init; } = PackedTable.Empty;

    /// <summary>Distinct names of the types that the members belong to, in the order of the text.</summary>
    public PackedTable Types { get; init; } = PackedTable.Empty;

    /// <summary>The row in <see cref="Types"/> for each member, or -1 (a namespace has no type).</summary>
    public int[] MemberTypes { get; init; } = [];

    /// <summary>How many words of prose each member has.</summary>
    public int[] MemberLengths { get; init; } = [];

    /// <summary>The distinct words, in ordinal order.</summary>
    public PackedTable Terms { get; init; } = PackedTable.Empty;

    /// <summary>How often each word stands in the prose.</summary>
    public int[] TermCounts { get; init; } = [];

    /// <summary>For each word the members that have it, as <see cref="PostingReader"/> reads them.</summary>
    public PackedTable Postings { get; init; } = PackedTable.Empty;

    public static FilePart Failed(int pieceId, string problem) => new() { PieceId = pieceId, Problem = problem };
}
