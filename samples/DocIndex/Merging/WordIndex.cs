using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Merging;

/// <summary>The index of all files.</summary>
internal sealed class WordIndex
{
    private readonly Dictionary<string, int> _terms;
    private readonly int[] _segmentStarts;
    private readonly TermSegment[] _segments;

    public WordIndex(
        DocumentSet documents,
        IReadOnlyList<IndexedPiece> parts,
        Dictionary<string, int> terms,
        int[] segmentStarts,
        TermSegment[] segments)
    {
        Documents = documents;
        Parts = parts;
        _terms = terms;
        _segmentStarts = segmentStarts;
        _segments = segments;

        // A piece that was thrown away may have had words that stand nowhere else.
        Terms = [.. terms.Keys.Where(term => !SegmentsOf(term).IsEmpty)];
        Array.Sort(Terms, StringComparer.Ordinal);
    }

    public DocumentSet Documents { get; }

    /// <summary>The parts in the order of the files and, within a file, of the text.</summary>
    public IReadOnlyList<IndexedPiece> Parts { get; }

    /// <summary>The distinct words in ordinal order.</summary>
    public string[] Terms { get; }

    public int MemberCount => Parts.Sum(static part => part.Part.Members.Count);

    public int FileCount => Parts.Where(static part => part.Part.Problem is null).DistinctBy(static part => part.Piece.File.Id).Count();

    /// <summary>The files that were left out, each with the reason.</summary>
    public IEnumerable<ScanProblem> Problems => Parts
        .Where(static part => part.Part.Problem is not null)
        .Select(static part => new ScanProblem(part.Piece.File.FullPath, part.Part.Problem!));

    /// <summary>Where a word is, in the order of the parts; empty for an unknown word.</summary>
    public ReadOnlySpan<TermSegment> SegmentsOf(string term) =>
        _terms.TryGetValue(term, out int id) ? _segments.AsSpan(_segmentStarts[id].._segmentStarts[id + 1]) : [];

    /// <summary>How often a word stands in the prose of all files.</summary>
    public long CountOf(string term)
    {
        long count = 0;
        foreach (TermSegment segment in SegmentsOf(term))
        {
            count += Parts[segment.Part].Part.TermCounts[segment.Row];
        }

        return count;
    }
}
