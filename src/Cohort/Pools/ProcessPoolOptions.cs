using Cohort.Pools;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort;

/// <summary>How a <see cref="ProcessPool"/> works. What is null takes the default that its property states.</summary>
public sealed partial record ProcessPoolOptions
{
    /// <summary>How long a task that runs while it is cancelled may go on before its worker gets SIGTERM, by default.</summary>
    public static readonly TimeSpan DefaultCancellationGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a worker may live after SIGTERM, by default.</summary>
    public static readonly TimeSpan DefaultTerminationGrace = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a worker that leaves may take for its exit function and the disposal of its state, by default.</summary>
    public static readonly TimeSpan DefaultExitTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How many worker processes, at least 1.</summary>
    /// <value>The default is <see cref="WorkerProcess.CpuCount"/>.</value>
    public int? Workers { get; init; }

    /// <summary>Runs once in each worker before its first task. If it throws, the pool is broken and says why.</summary>
    [Pickled]
    public Action? Initializer { get; init; }

    /// <summary>
    /// Makes, once in each worker after the initializer, what <see cref="WorkerState.Get{T}"/> gives its tasks: a model, a
    /// connection, a cache. If it throws, the pool is broken and says why. A state that is disposable is disposed when the
    /// worker leaves normally.
    /// </summary>
    [Pickled]
    public Func<object>? StateFactory { get; init; }

    /// <summary>
    /// Runs once in each worker before its first task, when the state is there. Its results are in
    /// <see cref="PoolBase.StartResults"/>. If it throws, the pool is broken and says why.
    /// </summary>
    [Pickled]
    public Func<object?>? StartFunction { get; init; }

    /// <summary>
    /// Runs once in each worker after its last task, when it leaves normally: the pool is closed, or has no more need of it. Its
    /// results are in <see cref="PoolBase.ExitResults"/>, and so is what it throws, which harms nothing else. Does not run
    /// when the pool is terminated.
    /// </summary>
    [Pickled]
    public Func<object?>? ExitFunction { get; init; }

    /// <summary>
    /// How long a worker may take for its initializer, state factory and start function together, before it is killed. Another is
    /// started then. As with workers that end by themselves before they are ready, five in a row break the pool, with a
    /// <see cref="TimeoutException"/> as the cause, and <see cref="RestartLimit"/> counts each.
    /// </summary>
    /// <value>The default is null: as long as it likes. The time in which its process comes up does not count.</value>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>
    /// How long a worker that leaves may take for its exit function and the disposal of its state, before it is killed; its
    /// exit result is then a <see cref="TimeoutException"/>. <see cref="Timeout.InfiniteTimeSpan"/> lets it take for ever.
    /// </summary>
    /// <value>The default is ten seconds.</value>
    public TimeSpan ExitTimeout { get; init; } = DefaultExitTimeout;

    /// <summary>What a worker may use, and where it runs.</summary>
    public WorkerLimits? Limits { get; init; }

    /// <summary>Environment variables to set, or to remove where the value is null, on top of this process's.</summary>
    /// <remarks>Workers with variables of their own are always new processes: those of standby workers are fixed.</remarks>
    public IReadOnlyDictionary<string, string?>? EnvironmentVariables { get; init; }

    /// <summary>The workers' working directory.</summary>
    /// <value>The default is that of this process when a worker starts.</value>
    public string? WorkingDirectory { get; init; }

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
    /// waits for the last lines, but at most 2 seconds. With it, a <see cref="WorkerLostException"/> has the last lines on standard error,
    /// and the one before them that says what the runtime ended the process for.
    /// </remarks>
    /// <value>The default is null: workers print where this process does.</value>
    public Action<WorkerOutputLine>? Output { get; init; }

    /// <summary>
    /// Is told of workers that come and go, and of tasks that are sent, time out, are run again or given up: on threads of the
    /// thread pool, one event at a time, in order. What it throws is dropped, and noted in <see cref="WorkerLog"/>.
    /// </summary>
    /// <remarks>
    /// The pool does not wait for it: up to 65536 events wait, and more are lost. Only the end of the pool waits for the last ones, but at
    /// most 2 seconds. So it must not wait for the pool.
    /// </remarks>
    /// <value>The default is null: nobody, which costs nothing.</value>
    public Action<PoolEvent>? Events { get; init; }

    /// <summary>
    /// Whether to remember what each worker did and when, for <see cref="ProcessPool.WriteTimeline(string)"/>. The last 65536 events
    /// are kept, which takes some megabytes, and each task costs a little more.
    /// </summary>
    public bool RecordTimeline { get; init; }

    /// <summary>The pool's name, for people and logs; its workers are called by it.</summary>
    /// <value>The default is <c>Pool-N</c>.</value>
    public string? Name { get; init; }
}
