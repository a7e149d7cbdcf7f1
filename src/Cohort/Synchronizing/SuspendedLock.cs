namespace Cohort.Synchronizing;

/// <summary>How a lock was held, while a wait on a condition has given it up.</summary>
internal readonly record struct SuspendedLock(long Acquisition, long Thread, int Depth, bool IsAbandoned);
