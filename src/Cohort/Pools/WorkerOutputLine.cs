namespace Cohort.Pools;

/// <summary>A line that a worker, or something that it started, has printed: see <see cref="ProcessPoolOptions.Output"/>.</summary>
/// <param name="WorkerId">The worker's number in its pool, from 1.</param>
/// <param name="WorkerName">The worker's name.</param>
/// <param name="ProcessId">The worker's process id.</param>
/// <param name="Stream">Where it printed.</param>
/// <param name="Text">The line without its end. One of more than 65536 characters comes in parts.</param>
/// <param name="Time">When it was read, in UTC.</param>
/// <param name="TaskNumber">
/// The number of the task that the worker had begun last when the line was read, which may be later than the one that printed it;
/// null before the first. Numbers are per worker, and the same as in traces and timelines.
/// </param>
public sealed record WorkerOutputLine(
    int WorkerId, string WorkerName, int ProcessId, WorkerOutputStream Stream, string Text, DateTimeOffset Time, long? TaskNumber);
