namespace Cohort.Pools;

/// <summary>What happened in a pool: see <see cref="ProcessPoolOptions.Events"/>.</summary>
/// <param name="Kind">What.</param>
/// <param name="Time">When the pool noticed, in UTC.</param>
/// <param name="WorkerId">The number of the worker in its pool, from 1.</param>
/// <param name="WorkerName">The worker's name.</param>
/// <param name="WorkerIndex">The worker's place in its pool, from 0: see <see cref="WorkerState.WorkerIndex"/>.</param>
/// <param name="ProcessId">The worker's process id.</param>
public sealed record PoolEvent(PoolEventKind Kind, DateTimeOffset Time, int WorkerId, string WorkerName, int WorkerIndex, int ProcessId)
{
    /// <summary>The number of the task at its worker: the same as in traces, timelines and <see cref="WorkerOutputLine"/>. Null where no task is concerned.</summary>
    public long? TaskNumber { get; init; }

    /// <summary>The task: its function, and which items of a map. Null where no task is concerned.</summary>
    public string? Task { get; init; }

    /// <summary>What went wrong with the task, for those events that tell of that; else null.</summary>
    public Exception? Fault { get; init; }

    /// <summary>Of a worker that is down: how it ended, and at what; else null.</summary>
    public string? Cause { get; init; }

    /// <summary>Of a worker that is down: its exit code, or minus the number of the signal that ended it; null when the system did not say.</summary>
    public int? ExitCode { get; init; }
}
