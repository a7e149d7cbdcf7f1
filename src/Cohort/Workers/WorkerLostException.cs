using Cohort.Workers;

namespace Cohort;

/// <summary>A worker process ended while it ran a task, so the task has no result.</summary>
/// <remarks>Python has no such error: a <c>Pool</c> whose worker dies hangs.</remarks>
public sealed class WorkerLostException : CohortException
{
    internal WorkerLostException(string workerName, int processId, int? exitCode, string? taskDescription, PostMortem? postMortem = null)
        : base((postMortem ?? PostMortem.Unknown).Describe(workerName, processId, exitCode, taskDescription))
    {
        WorkerName = workerName;
        ProcessId = processId;
        ExitCode = exitCode;
        TaskDescription = taskDescription;
        Runtime = postMortem?.Runtime;
        PeakMemory = postMortem?.PeakMemory;
        LastErrorLines = postMortem?.LastErrorLines ?? [];
    }

    /// <summary>The worker's name.</summary>
    public string WorkerName { get; }

    /// <summary>The process id that the worker had.</summary>
    public int ProcessId { get; }

    /// <summary>The code that it exited with, or −N when signal N ended it; null when another reaper took the status.</summary>
    public int? ExitCode { get; }

    /// <summary>The signal that ended it; null when it exited by itself.</summary>
    public int? Signal => ExitCode < 0 ? -ExitCode : null;

    /// <summary>The function that it was running.</summary>
    public string? TaskDescription { get; }

    /// <summary>How long it had been running that when it ended; null when nobody measured.</summary>
    public TimeSpan? Runtime { get; }

    /// <summary>The most memory that it had resident, in bytes; null when the system did not say.</summary>
    public long? PeakMemory { get; }

    /// <summary>
    /// What it printed last on standard error (at most 10 lines): known when <see cref="ProcessPoolOptions.Output"/> is set. Otherwise
    /// workers print straight to where this process does, past the pool, and this is empty.
    /// </summary>
    public IReadOnlyList<string> LastErrorLines { get; }
}
