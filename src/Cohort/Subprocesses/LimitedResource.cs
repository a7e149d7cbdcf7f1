namespace Cohort.Subprocesses;

/// <summary>What can be limited (RLIMIT_…).</summary>
public enum LimitedResource
{
    /// <summary>Processor time in seconds; then SIGXCPU, and SIGKILL at the hard limit.</summary>
    ProcessorSeconds = 0,

    /// <summary>The length of a file that is written, in bytes; then SIGXFSZ.</summary>
    FileBytes = 1,

    /// <summary>Data segment, in bytes.</summary>
    DataBytes = 2,

    /// <summary>Stack of the first thread, in bytes.</summary>
    StackBytes = 3,

    /// <summary>Core dump, in bytes; 0 for none.</summary>
    CoreBytes = 4,

    /// <summary>Processes and threads of the user.</summary>
    Processes = 6,

    /// <summary>Open descriptors.</summary>
    OpenFiles = 7,

    /// <summary>Memory that is locked, in bytes.</summary>
    LockedBytes = 8,

    /// <summary>Address space, in bytes.</summary>
    AddressSpaceBytes = 9,

    /// <summary>Pending signals of the user.</summary>
    PendingSignals = 11,

    /// <summary>Bytes in message queues of the user.</summary>
    MessageQueueBytes = 12,

    /// <summary>How high the priority may be raised: 20 − nice.</summary>
    Nice = 13,

    /// <summary>The highest real-time priority.</summary>
    RealTimePriority = 14,

    /// <summary>Processor time of a real-time process without a pause, in microseconds.</summary>
    RealTimeMicroseconds = 15,
}
