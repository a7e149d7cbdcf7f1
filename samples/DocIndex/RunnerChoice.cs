namespace Cohort.Samples.DocIndex;

/// <summary>Which ways to build the index are run.</summary>
internal enum RunnerChoice
{
    All,
    One,
    Threads,
    Workers,
}
