using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Merging;

/// <summary>A piece with its part of the index.</summary>
internal sealed record IndexedPiece(Piece Piece, FilePart Part)
{
    /// <summary>The number in the whole index for each row of the part's terms.</summary>
    public int[] TermIds { get; init; } = [];
}
