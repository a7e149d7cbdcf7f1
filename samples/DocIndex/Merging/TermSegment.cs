namespace Cohort.Samples.DocIndex.Merging;

/// <summary>Where one word is in one part: the part's place in the index and the row of the word in the part's tables.</summary>
internal readonly record struct TermSegment(int Part, int Row);
