using System.Text;
using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Merging;

namespace Cohort.Samples.DocIndex.Searching;

/// <summary>
/// Answers queries. A member, type or file must have all the words; the order is that of BM25: rare words count more,
/// repetition counts ever less, and a hit in a short text counts more than one in a long text.
/// </summary>
internal sealed class Searcher(WordIndex index)
{
    private const double Saturation = 1.2;
    private const double LengthInfluence = 0.75;

    /// <summary>For each part the first part of the same file.</summary>
    private readonly int[] _firstParts = FirstParts(index);

    public SearchResult Search(string query, int count)
    {
        IReadOnlyList<string> words = QueryWords.Of(query);
        return new SearchResult(
            words,
            [.. words.Where(word => index.SegmentsOf(word).IsEmpty)],
            Rank(words, Level.Member, count),
            Rank(words, Level.Type, count),
            Rank(words, Level.File, count));
    }

    private List<Hit> Rank(IReadOnlyList<string> words, Level level, int count)
    {
        Dictionary<(int Part, int Row), long> lengths = Lengths(level);
        double average = lengths.Count == 0 ? 1 : Math.Max(1, lengths.Values.Average());
        Dictionary<(int Part, int Row), double>? scores = null;
        foreach (string word in words)
        {
            Dictionary<(int Part, int Row), int> weights = Weights(word, level);
            double rarity = Math.Log(1 + ((lengths.Count - weights.Count + 0.5) / (weights.Count + 0.5)));
            Dictionary<(int Part, int Row), double> next = [];
            foreach (((int Part, int Row) place, int weight) in weights)
            {
                double before = 0;
                if (scores is null || scores.TryGetValue(place, out before))
                {
                    double length = 1 - LengthInfluence + (LengthInfluence * lengths[place] / average);
                    next[place] = before + (rarity * weight * (Saturation + 1) / (weight + (Saturation * length)));
                }
            }

            scores = next;
        }

        // Packs repeat what they are built on: the same name in several files is one answer.
        return [.. (scores ?? [])
            .GroupBy(score => NameOf(score.Key, level), StringComparer.Ordinal)
            .Select(static group => new Hit(group.Key, group.Max(static score => score.Value), group.Count()))
            .OrderByDescending(static hit => hit.Score).ThenBy(static hit => hit.Name, StringComparer.Ordinal)
            .Take(count)];
    }

    private Dictionary<(int Part, int Row), int> Weights(string word, Level level)
    {
        Dictionary<(int Part, int Row), int> weights = [];
        foreach (TermSegment segment in index.SegmentsOf(word))
        {
            PostingReader postings = new(index.Parts[segment.Part].Part.Postings[segment.Row]);
            while (postings.Read())
            {
                if (PlaceOf(segment.Part, postings.Member, level) is { } place)
                {
                    weights[place] = weights.GetValueOrDefault(place) + postings.Weight;
                }
            }
        }

        return weights;
    }

    private Dictionary<(int Part, int Row), long> Lengths(Level level)
    {
        Dictionary<(int Part, int Row), long> lengths = [];
        for (int part = 0; part < index.Parts.Count; part++)
        {
            int[] words = index.Parts[part].Part.MemberLengths;
            for (int member = 0; member < words.Length; member++)
            {
                if (PlaceOf(part, member, level) is { } place)
                {
                    lengths[place] = lengths.GetValueOrDefault(place) + words[member];
                }
            }
        }

        return lengths;
    }

    /// <summary>What the member counts for; a cut file is one place all the same, and a member may have no type.</summary>
    private (int Part, int Row)? PlaceOf(int part, int member, Level level) => level switch
    {
        Level.Member => (part, member),
        Level.Type => index.Parts[part].Part.MemberTypes[member] is >= 0 and int type ? (part, type) : null,
        _ => (_firstParts[part], 0),
    };

    private string NameOf((int Part, int Row) place, Level level) => level switch
    {
        Level.Member => Encoding.UTF8.GetString(index.Parts[place.Part].Part.Members[place.Row]),
        Level.Type => Encoding.UTF8.GetString(index.Parts[place.Part].Part.Types[place.Row]),
        _ => index.Parts[place.Part].Piece.File.RelativePath,
    };

    private static int[] FirstParts(WordIndex index)
    {
        int[] firsts = new int[index.Parts.Count];
        for (int part = 1; part < firsts.Length; part++)
        {
            firsts[part] = index.Parts[part].Piece.IsFirst ? part : firsts[part - 1];
        }

        return firsts;
    }
}
