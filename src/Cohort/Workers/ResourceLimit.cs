namespace Cohort.Workers;

/// <summary>What the system limits for a process: the names of <c>setrlimit</c>. See <see cref="WorkerLimits.ResourceLimits"/>.</summary>
public enum ResourceLimit
{
    /// <summary>Seconds of CPU time, after which the system ends the process (RLIMIT_CPU).</summary>
    CpuTime = 0,

    /// <summary>The size of a file that it writes, in bytes (RLIMIT_FSIZE).</summary>
    FileSize = 1,

    /// <summary>Private writable memory, in bytes (RLIMIT_DATA).</summary>
    DataSize = 2,

    /// <summary>The main thread's stack, in bytes (RLIMIT_STACK).</summary>
    StackSize = 3,

    /// <summary>The core file that it leaves when it crashes, in bytes; zero for none (RLIMIT_CORE).</summary>
    CoreSize = 4,

    /// <summary>Processes and threads of its user, those of others included (RLIMIT_NPROC).</summary>
    Processes = 6,

    /// <summary>Descriptors (RLIMIT_NOFILE).</summary>
    OpenFiles = 7,

    /// <summary>Memory that is locked into RAM, in bytes (RLIMIT_MEMLOCK).</summary>
    LockedMemory = 8,

    /// <summary>
    /// Address space, in bytes (RLIMIT_AS). The collector alone reserves 256 GiB of it when a process starts, so a worker
    /// gets this limit when it is up. It bounds what the process maps, not what it uses:
    /// <see cref="WorkerLimits.MaxResidentMemory"/> and <see cref="WorkerLimits.GcHeapHardLimit"/> are what you want for that.
    /// </summary>
    AddressSpace = 9,
}
