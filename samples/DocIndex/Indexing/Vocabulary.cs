namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// Numbers the words that this worker (or thread) has met in any file. It lives as long as the worker does: a word
/// becomes a string once and not once a file.
/// </summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids = new(8192, StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<string> _words = new(8192);

    public Vocabulary() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    public string this[int id] => _words[id];

    public int IdOf(ReadOnlySpan<char> word)
    {
        if (!_lookup.TryGetValue(word, out int id))
        {
            id = _words.Count;
            string text = word.ToString();
            _words.Add(text);
            _ids.Add(text, id);
        }

        return id;
    }
}
