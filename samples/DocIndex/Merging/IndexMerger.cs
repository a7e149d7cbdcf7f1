using System.Text;
using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Merging;

/// <summary>
/// Puts parts together, in whatever order they come. A word's postings stay where they are, in the part: merging only
/// notes in which parts a word is, which is one look-up for each distinct word of a part.
/// </summary>
internal sealed class IndexMerger
{
    private readonly DocumentSet _documents;
    private readonly List<Piece> _pieces;
    private readonly Dictionary<int, IndexedPiece> _parts = [];
    private readonly HashSet<int> _broken = [];
    private readonly Dictionary<string, int> _terms = new(65536, StringComparer.Ordinal);

    public IndexMerger(DocumentSet documents)
    {
        _documents = documents;
        _pieces = [.. PieceCutter.Cut(documents.Files)];
    }

    /// <summary>
    /// What is to be indexed first, the largest first: a large piece that came last would leave all workers but one
    /// without work.
    /// </summary>
    public IReadOnlyList<Piece> Pieces => LargestFirst(_pieces);

    public Piece Add(FilePart part)
    {
        Piece piece = _pieces[part.PieceId];
        if (part.Problem is not null && !piece.IsWhole)
        {
            _broken.Add(piece.File.Id);
        }

        if (!_parts.TryAdd(piece.Id, new IndexedPiece(piece, part) { TermIds = NumberTerms(part) }))
        {
            throw new InvalidOperationException($"piece {piece.Id} of {piece.File.FullPath} came twice");
        }

        return piece;
    }

    /// <summary>
    /// What must be indexed again, as a whole, after all pieces came: files with a piece that could not be parsed. Either
    /// the cut was a bad guess, or the file is malformed and only the whole of it shows where.
    /// </summary>
    public IReadOnlyList<Piece> TakeBroken()
    {
        int first = _pieces.Count;
        foreach (int file in _broken.Order())
        {
            foreach (Piece piece in _pieces.Take(first).Where(piece => piece.File.Id == file))
            {
                _parts.Remove(piece.Id);
            }

            _pieces.Add(Piece.Whole(_pieces.Count, _documents.Files[file]));
        }

        _broken.Clear();
        return LargestFirst(_pieces.Skip(first));
    }

    /// <summary>The index, the same for every order of <see cref="Add"/>.</summary>
    public WordIndex Finish()
    {
        IndexedPiece[] parts = [.. _parts.Values.OrderBy(static part => part.Piece.File.Id).ThenBy(static part => part.Piece.Offset)];
        int[] starts = new int[_terms.Count + 1];
        foreach (int term in parts.SelectMany(static part => part.TermIds))
        {
            starts[term + 1]++;
        }

        for (int term = 0; term < _terms.Count; term++)
        {
            starts[term + 1] += starts[term];
        }

        int[] next = starts[..^1];
        TermSegment[] segments = new TermSegment[starts[^1]];
        for (int part = 0; part < parts.Length; part++)
        {
            int[] terms = parts[part].TermIds;
            for (int row = 0; row < terms.Length; row++)
            {
                segments[next[terms[row]]++] = new TermSegment(part, row);
            }
        }

        return new WordIndex(_documents, parts, _terms, starts, segments);
    }

    private int[] NumberTerms(FilePart part)
    {
        int[] ids = new int[part.Terms.Count];
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = _terms.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> buffer = stackalloc char[Tokenizer.LongestWord];
        for (int row = 0; row < ids.Length; row++)
        {
            ReadOnlySpan<char> word = buffer[..Encoding.UTF8.GetChars(part.Terms[row], buffer)];
            if (!known.TryGetValue(word, out int id))
            {
                id = _terms.Count;
                known[word] = id;
            }

            ids[row] = id;
        }

        return ids;
    }

    private static Piece[] LargestFirst(IEnumerable<Piece> pieces) =>
        [.. pieces.OrderByDescending(static piece => piece.Length).ThenBy(static piece => piece.Id)];
}
