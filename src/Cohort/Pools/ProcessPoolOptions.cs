using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort;

/// <summary>How a <see cref="ProcessPool"/> works. What is null takes the default that its property states.</summary>
public sealed record ProcessPoolOptions
{
    /// <summary>How long a task that runs while it is cancelled may go on before its worker gets SIGTERM, by default.</summary>
    public static readonly TimeSpan DefaultCancellationGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a worker may live after SIGTERM, by default.</summary>
    public static readonly TimeSpan DefaultTerminationGrace = TimeSpan.FromMilliseconds(200);

    /// <summary>How many worker processes, at least 1.</summary>
    /// <value>The default is <see cref="WorkerProcess.CpuCount"/>.</value>
    public int? Workers { get; init; }

    /// <summary>Runs once in each worker before its first task. If it throws, the pool is broken and says why.</summary>
    [Pickled]
    public Action? Initializer { get; init; }

    /// <summary>How workers are started.</summary>
    /// <value>The default is <see cref="WorkerContext.Default"/>.</value>
    public WorkerContext? Context { get; init; }

    /// <summary>How tasks are run; <see cref="PoolBase.With"/> has others for some.</summary>
    public TaskOptions TaskOptions { get; init; } = new();

    /// <summary>
    /// How long a task that runs while it is cancelled, or past its timeout, may go on after its token was cancelled, before its
    /// worker gets SIGTERM.
    /// </summary>
    /// <value>The default is half a second. The caller's wait ends at once, whatever this is.</value>
    public TimeSpan CancellationGrace { get; init; } = DefaultCancellationGrace;

    /// <summary>
    /// How long a worker may live after SIGTERM, before it is killed. Zero kills it without SIGTERM. A worker whose code has not
    /// registered for the signal (<see cref="System.Runtime.InteropServices.PosixSignalRegistration"/>) ends with it at once.
    /// </summary>
    /// <value>The default is a fifth of a second.</value>
    public TimeSpan TerminationGrace { get; init; } = DefaultTerminationGrace;

    /// <summary>
    /// How long the pool and its workers spin for the next message before they sleep, which makes short tasks fast and
    /// costs CPU while there is work. Zero never spins.
    /// </summary>
    /// <value>The default is 50 µs, and zero on a machine with one CPU.</value>
    public TimeSpan? SpinTime { get; init; }

    /// <summary>
    /// Gets each line that workers print on standard output and standard error, which they then do not share with this process:
    /// on one thread, one line at a time, in order within each stream. What it throws is dropped, and noted in <see cref="WorkerLog"/>.
    /// </summary>
    /// <remarks>
    /// While it is busy no more is read, and workers that print a lot wait for it. It must not wait for the pool. The end of the pool
    /// waits for the last lines, but at most 2 seconds. With it, a <see cref="WorkerLostException"/> has the last lines on standard error.
    /// </remarks>
    /// <value>The default is null: workers print where this process does.</value>
    public Action<WorkerOutputLine>? Output { get; init; }

    /// <summary>
    /// Whether to remember what each worker did and when, for <see cref="ProcessPool.WriteTimeline(string)"/>. The last 65536 events
    /// are kept, which takes some megabytes, and each task costs a little more.
    /// </summary>
    public bool RecordTimeline { get; init; }

    /// <summary>The pool's name, for people and logs; its workers are called by it.</summary>
    /// <value>The default is <c>Pool-N</c>.</value>
    public string? Name { get; init; }
}
