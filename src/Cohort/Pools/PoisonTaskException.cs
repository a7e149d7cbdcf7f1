namespace Cohort.Pools;

/// <summary>
/// A task has killed so many workers that it is not run again (see <see cref="TaskOptions.QuarantineAfter"/>).
/// </summary>
public sealed class PoisonTaskException : CohortException
{
    internal PoisonTaskException(string taskDescription, IReadOnlyList<WorkerLostException> deaths)
        : base(
            $"{taskDescription} is not run again: {deaths.Count} workers died of it. The last: {deaths[^1].Message}",
            deaths[^1])
    {
        TaskDescription = taskDescription;
        Deaths = deaths;
    }

    /// <summary>The function that they were running, and on what.</summary>
    public string TaskDescription { get; }

    /// <summary>How each of the workers ended, the first first.</summary>
    public IReadOnlyList<WorkerLostException> Deaths { get; }
}
