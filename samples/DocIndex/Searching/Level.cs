namespace Cohort.Samples.DocIndex.Searching;

/// <summary>What a search answers with.</summary>
internal enum Level
{
    Member,
    Type,
    File,
}
