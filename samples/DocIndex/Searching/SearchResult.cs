namespace Cohort.Samples.DocIndex.Searching;

/// <summary>What a query found, the best first.</summary>
/// <param name="Words">The words that were looked for.</param>
/// <param name="Unknown">Those of them that no file has.</param>
/// <param name="Members">Members whose documentation or name has all words.</param>
/// <param name="Types">Types with all words in the documentation of their members.</param>
/// <param name="Files">Files with all words.</param>
internal sealed record SearchResult(
    IReadOnlyList<string> Words, IReadOnlyList<string> Unknown, IReadOnlyList<Hit> Members, IReadOnlyList<Hit> Types, IReadOnlyList<Hit> Files);
