namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>What a scan found.</summary>
/// <param name="Root">The folder that was scanned.</param>
/// <param name="Files">The files in the ordinal order of their relative paths.</param>
/// <param name="Problems">What could not be looked into.</param>
internal sealed record DocumentSet(string Root, IReadOnlyList<DocumentFile> Files, IReadOnlyList<ScanProblem> Problems)
{
    public long Length { get; } = Files.Sum(static file => file.Length);
}
