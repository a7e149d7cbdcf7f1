namespace Cohort.Pools;

/// <summary>What one worker of a pool has done so far.</summary>
/// <remarks>Times are measured where they are spent, so that the way of a task to the worker counts as waiting.</remarks>
public sealed record PoolWorkerStatistics
{
    /// <summary>The worker's number in its pool, from 1; no other worker of the pool gets it.</summary>
    public required int Id { get; init; }

    /// <summary>The worker's name.</summary>
    public required string Name { get; init; }

    /// <summary>The process that it runs in: this one, for threads and the caller.</summary>
    public required int ProcessId { get; init; }

    /// <summary>What it is at.</summary>
    public required PoolWorkerState State { get; init; }

    /// <summary>From its launch until it was ready for tasks, the initializer included; until now for one that comes up.</summary>
    public required TimeSpan StartTime { get; init; }

    /// <summary>How long the initializer took, together with what the runtime needs the first time.</summary>
    public required TimeSpan InitializerTime { get; init; }

    /// <summary>Since it was ready: how long it had nothing to run.</summary>
    public required TimeSpan WaitingTime { get; init; }

    /// <summary>How long it ran tasks. One that runs now counts when it has ended.</summary>
    public required TimeSpan WorkTime { get; init; }

    /// <summary>Calls that gave a result.</summary>
    public required long TasksDone { get; init; }

    /// <summary>Calls that failed, those included that were then run again; a chunk of a map fails with all its calls.</summary>
    public required long TasksFailed { get; init; }

    /// <summary>The part of its time since it was ready that it worked, from 0 to 1.</summary>
    public double Utilization => WorkTime + WaitingTime is { Ticks: > 0 } all ? WorkTime / all : 0;
}
