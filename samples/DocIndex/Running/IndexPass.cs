using Cohort.Samples.DocIndex.Merging;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>An index that was built, and how fast.</summary>
/// <param name="Index">The index.</param>
/// <param name="Elapsed">From the list of files to the merged index.</param>
/// <param name="Merging">How much of that this process spent putting parts together.</param>
/// <param name="Digest">SHA-256 of the index in its canonical form.</param>
internal sealed record IndexPass(WordIndex Index, TimeSpan Elapsed, TimeSpan Merging, string Digest);
