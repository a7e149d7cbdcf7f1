namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>A folder or file that was left out, and why.</summary>
internal sealed record ScanProblem(string Path, string Reason);
