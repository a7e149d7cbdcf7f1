using Cohort.Platform;
using Cohort.Subprocesses;

namespace Cohort.Workers;

/// <summary>What a worker process may use, and where it runs. What is null is as in the process that starts it.</summary>
/// <remarks>
/// Wrong values are refused where the options are taken. What the system refuses is an <see cref="IOException"/> of the
/// worker's start that names the limit. A limit holds for all threads of the worker; processes that it starts inherit all
/// but <see cref="MaxResidentMemory"/>, which is one worker's own.
/// </remarks>
public sealed record WorkerLimits
{
    /// <summary>The smallest <see cref="GcHeapHardLimit"/>: with less a worker may not come up.</summary>
    public const long MinGcHeapHardLimit = 20L << 20;

    /// <summary>
    /// The most memory that the worker's garbage-collected heap takes, in bytes. Beyond it an allocation throws
    /// <see cref="OutOfMemoryException"/>, which is the task's own exception, and the worker lives on.
    /// </summary>
    /// <remarks>Fixed when a process starts, so a worker with this limit is a new process, also in <see cref="WorkerContext.Warm"/>.</remarks>
    public long? GcHeapHardLimit { get; init; }

    /// <summary>
    /// The most memory that the worker may have in RAM, in bytes, native memory and shared memory that it has touched
    /// included. The parent looks ten times a second, and kills a worker that has more; its task fails with a
    /// <see cref="WorkerLostException"/> that says so.
    /// </summary>
    public long? MaxResidentMemory { get; init; }

    /// <summary>The numbers of the CPUs on which the worker runs.</summary>
    public IReadOnlyList<int>? CpuAffinity { get; init; }

    /// <summary>
    /// Whether each worker of a pool runs on one CPU only: worker 0 on the first of <see cref="CpuAffinity"/> (or of those of
    /// this process), worker 1 on the second, and so on, and around again when there are more workers than CPUs.
    /// </summary>
    public bool PinsEachWorker { get; init; }

    /// <summary>
    /// How many processors the worker's code reckons with: what <see cref="Environment.ProcessorCount"/> tells in it, how many threads the
    /// thread pool starts with, and how many threads the usual native libraries take (<c>OMP_NUM_THREADS</c>, <c>OPENBLAS_NUM_THREADS</c>,
    /// <c>MKL_NUM_THREADS</c>). So n workers do not start n times as many threads as there are processors. At most 8192.
    /// </summary>
    /// <remarks>
    /// It holds nobody to it: that is <see cref="CpuAffinity"/>. A variable that is also in the worker's own environment
    /// variables is left as it is there. Fixed when a process starts, so a worker with this is a new process, also in <see cref="WorkerContext.Warm"/>.
    /// </remarks>
    public int? Processors { get; init; }

    /// <summary>How far the worker stands back for other processes: from −20 (not at all) to 19 (entirely).</summary>
    /// <remarks>To go below the value of this process takes a right that most users do not have.</remarks>
    public int? Nice { get; init; }

    /// <summary>Limits by the system (<c>setrlimit</c>).</summary>
    /// <remarks>
    /// The collector alone reserves 256 GiB of address space when a process starts, so a worker gets a limit on that when it is up.
    /// It bounds what the process maps, not what it uses: <see cref="MaxResidentMemory"/> and <see cref="GcHeapHardLimit"/> are what
    /// you want for that.
    /// </remarks>
    public IReadOnlyDictionary<LimitedResource, ResourceLimit>? ResourceLimits { get; init; }

    /// <summary>The same, whatever becomes of the caller's lists.</summary>
    internal WorkerLimits Copy() => this with
    {
        CpuAffinity = CpuAffinity is null ? null : [.. CpuAffinity],
        ResourceLimits = ResourceLimits?.ToDictionary(),
    };

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentException">There is no CPU in the list, or a soft limit is above the hard one.</exception>
    internal void Validate()
    {
        if (GcHeapHardLimit is { } heap)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(heap, MinGcHeapHardLimit, nameof(GcHeapHardLimit));
        }

        if (MaxResidentMemory is { } resident)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(resident, 1, nameof(MaxResidentMemory));
        }

        if (Processors is { } processors)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(processors, 1, nameof(Processors));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(processors, CpuSet.MaxCpus, nameof(Processors));
        }

        if (Nice is { } nice)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(nice, -20, nameof(Nice));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(nice, 19, nameof(Nice));
        }

        if (CpuAffinity is { Count: 0 })
        {
            throw new ArgumentException("There is no CPU in the list; null leaves a worker on those of this process.", nameof(CpuAffinity));
        }

        foreach (int cpu in CpuAffinity ?? [])
        {
            ArgumentOutOfRangeException.ThrowIfNegative(cpu, nameof(CpuAffinity));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, CpuSet.MaxCpus, nameof(CpuAffinity));
        }

        ResourceLimit.Validate(ResourceLimits, nameof(ResourceLimits));
    }
}
