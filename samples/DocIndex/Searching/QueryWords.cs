using Cohort.Samples.DocIndex.Indexing;

namespace Cohort.Samples.DocIndex.Searching;

/// <summary>Cuts a query into words just as documents are cut.</summary>
internal sealed class QueryWords : IWordSink
{
    private readonly List<string> _words = [];

    public static IReadOnlyList<string> Of(string query)
    {
        QueryWords words = new();
        Tokenizer tokenizer = new(words);
        tokenizer.Add(query);
        tokenizer.End();
        return [.. words._words.Distinct(StringComparer.Ordinal)];
    }

    public void AddWord(ReadOnlySpan<char> word) => _words.Add(word.ToString());
}
