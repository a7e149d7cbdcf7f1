namespace Cohort.Pools;

/// <summary>A worker that ended before its pool did.</summary>
/// <param name="Worker">Its name.</param>
/// <param name="ProcessId">The process id that it had.</param>
/// <param name="Cause">How it ended, and what it was running.</param>
/// <param name="Time">When that was noticed, in UTC.</param>
/// <param name="PeakMemory">The most memory that it had resident, in bytes; null when the system did not say.</param>
public sealed record PoolRestart(string Worker, int ProcessId, string Cause, DateTimeOffset Time, long? PeakMemory);
