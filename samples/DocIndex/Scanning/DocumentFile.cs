namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>A file to index.</summary>
/// <param name="Id">Its place among all files in the order of their paths.</param>
/// <param name="FullPath">Where it is.</param>
/// <param name="RelativePath">Its path below the folder that is indexed, with '/'.</param>
/// <param name="Length">Its size in bytes when the folder was scanned.</param>
internal sealed record DocumentFile(int Id, string FullPath, string RelativePath, long Length);
