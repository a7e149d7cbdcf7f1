namespace Cohort.Pools;

/// <summary>What a <see cref="PoolEvent"/> tells of.</summary>
public enum PoolEventKind
{
    /// <summary>A worker is initialized and takes tasks.</summary>
    WorkerUp,

    /// <summary>A worker process has ended, for whatever reason; also one that never was up.</summary>
    WorkerDown,

    /// <summary>
    /// A worker was given a task, or a chunk of a map. An idle one begins with it at once, a busy one when it is done with what it
    /// has; what it has not begun by then may be given to another, which is told again.
    /// </summary>
    TaskSent,

    /// <summary>A task ran longer than its timeout, and has failed for its caller. Its worker is stopped.</summary>
    TaskTimedOut,

    /// <summary>A task failed, or its worker died, and it will be run again.</summary>
    TaskRetried,

    /// <summary>A task has killed so many workers that it is not run again (<see cref="TaskOptions.QuarantineAfter"/>).</summary>
    TaskQuarantined,
}
