namespace Cohort.Sharing;

/// <summary>What a stretch of shared memory is: its first words mean nothing to any other type.</summary>
internal enum SharedKind
{
    None = 0,
    Value = 1,
    Array = 2,
    Lock = 3,
    RecursiveLock = 4,
    Semaphore = 5,
    BoundedSemaphore = 6,
    Condition = 7,
    Event = 8,
    Barrier = 9,
    ReaderWriterLock = 10,
    Queue = 11,
    SimpleQueue = 12,
    JoinableQueue = 13,
    Broadcast = 14,
}
