namespace Cohort.Pools;

/// <summary>What a pool's worker is at.</summary>
public enum PoolWorkerState
{
    /// <summary>Its process or thread comes up, or runs the initializer.</summary>
    Starting,

    /// <summary>It waits for a task.</summary>
    Idle,

    /// <summary>It has a task.</summary>
    Busy,
}
