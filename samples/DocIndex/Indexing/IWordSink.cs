namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>Takes the words that a <see cref="Tokenizer"/> finds.</summary>
internal interface IWordSink
{
    /// <param name="word">Lower-case; good only for the time of the call.</param>
    void AddWord(ReadOnlySpan<char> word);
}
