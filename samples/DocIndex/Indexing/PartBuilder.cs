namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// Collects one piece after the other into parts. Counters stand in arrays by word number and carry the number of the
/// member (and part) that they were last used for, so that nothing needs clearing between members.
/// </summary>
internal sealed class PartBuilder : IWordSink
{
    /// <summary>A hit in a member's own name says more about it than one in its prose.</summary>
    private const int NameWeight = 3;

    private readonly Vocabulary _vocabulary = new();
    private readonly PackedTableBuilder _members = new();
    private readonly PackedTableBuilder _types = new();
    private readonly PackedTableBuilder _terms = new();
    private readonly PackedTableBuilder _postingRows = new();
    private readonly Dictionary<string, int> _typeRows = new(StringComparer.Ordinal);
    private readonly List<int> _memberTypes = [];
    private readonly List<int> _memberLengths = [];
    private readonly List<Posting> _postings = [];
    private readonly List<int> _termsOfPart = [];
    private readonly List<int> _termsOfMember = [];
    private Counter[] _counters = new Counter[8192];
    private int _partStamp;
    private long _memberStamp;
    private int _memberLength;

    /// <summary>What the words that come next are.</summary>
    public WordKind Kind { get; set; }

    public void Begin()
    {
        _partStamp++;
        _members.Clear();
        _types.Clear();
        _typeRows.Clear();
        _memberTypes.Clear();
        _memberLengths.Clear();
        _postings.Clear();
        _termsOfPart.Clear();
        _termsOfMember.Clear();
    }

    public void BeginMember(string id)
    {
        _memberStamp++;
        _memberLength = 0;
        _members.AddRow(id);
        _memberTypes.Add(TypeRow(MemberId.TypeOf(id)));
    }

    public void AddWord(ReadOnlySpan<char> word)
    {
        int term = _vocabulary.IdOf(word);
        if (term >= _counters.Length)
        {
            Array.Resize(ref _counters, _counters.Length * 2);
        }

        ref Counter counter = ref _counters[term];
        if (counter.Part != _partStamp)
        {
            counter = new Counter { Part = _partStamp };
            _termsOfPart.Add(term);
        }

        if (counter.Member != _memberStamp)
        {
            counter.Member = _memberStamp;
            counter.Weight = 0;
            _termsOfMember.Add(term);
        }

        counter.Weight += Kind == WordKind.Name ? NameWeight : 1;
        if (Kind == WordKind.Prose)
        {
            counter.Count++;
            _memberLength++;
        }
    }

    public void EndMember()
    {
        int member = _members.Count - 1;
        foreach (int term in _termsOfMember)
        {
            ref Counter counter = ref _counters[term];
            counter.Postings++;
            _postings.Add(new Posting(term, member, counter.Weight));
        }

        _termsOfMember.Clear();
        _memberLengths.Add(_memberLength);
    }

    public FilePart Build(int pieceId)
    {
        string[] words = [.. _termsOfPart.Select(term => _vocabulary[term])];
        int[] terms = [.. _termsOfPart];
        Array.Sort(words, terms, StringComparer.Ordinal);
        Posting[] sorted = SortByTerm(terms);
        int next = 0;
        foreach (int term in terms)
        {
            _terms.AddRow(_vocabulary[term]);
            int previous = -1;
            for (int end = next + _counters[term].Postings; next < end; next++)
            {
                _postingRows.AddNumber(sorted[next].Member - previous);
                _postingRows.AddNumber(sorted[next].Weight);
                previous = sorted[next].Member;
            }

            _postingRows.EndRow();
        }

        return new FilePart
        {
            PieceId = pieceId,
            Members = _members.Build(),
            Types = _types.Build(),
            MemberTypes = [.. _memberTypes],
            MemberLengths = [.. _memberLengths],
            Terms = _terms.Build(),
            TermCounts = [.. terms.Select(term => _counters[term].Count)],
            Postings = _postingRows.Build(),
        };
    }

    /// <summary>One counting pass; the members of a word stay in the order of the text.</summary>
    private Posting[] SortByTerm(int[] terms)
    {
        int start = 0;
        foreach (int term in terms)
        {
            _counters[term].Next = start;
            start += _counters[term].Postings;
        }

        Posting[] sorted = new Posting[_postings.Count];
        foreach (Posting posting in _postings)
        {
            sorted[_counters[posting.Term].Next++] = posting;
        }

        return sorted;
    }

    private int TypeRow(ReadOnlySpan<char> type)
    {
        if (type.IsEmpty)
        {
            return -1;
        }

        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> rows = _typeRows.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!rows.TryGetValue(type, out int row))
        {
            row = _types.Count;
            _types.AddRow(type);
            rows[type] = row;
        }

        return row;
    }

    private record struct Posting(int Term, int Member, int Weight);

    private struct Counter
    {
        public int Part;
        public int Count;
        public int Postings;
        public int Next;
        public int Weight;
        public long Member;
    }
}
