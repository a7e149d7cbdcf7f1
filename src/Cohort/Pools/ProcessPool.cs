using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Pools;
using Cohort.Pools.Observing;

namespace Cohort;

/// <summary>A number of worker processes that run functions of this program (Python: <c>multiprocessing.Pool</c>).</summary>
/// <remarks>
/// <para>
/// Arguments and results travel by value; closures take the values that their captured variables have at the time of the
/// call. Members may be called from any thread.
/// </para>
/// <para>
/// A worker that dies takes only the task with it that it was running: that fails with <see cref="WorkerLostException"/>
/// (or runs again, <see cref="TaskOptions.Retries"/>), tasks that waited behind it go to other workers, and the
/// worker is replaced. A function's own exception is rethrown as its own type, with the worker's stack; one that cannot be
/// rebuilt here arrives as <see cref="RemoteTaskException"/>.
/// </para>
/// <para>Disposal terminates the pool, as leaving Python's <c>with</c> does; to let work finish, close and join first.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ProcessPool : PoolBase
{
    private static int s_poolCount;

    private readonly PoolDispatcher _dispatcher;

    /// <summary>A pool of so many workers, with the defaults for all else.</summary>
    /// <param name="workers">At least 1.</param>
    /// <inheritdoc cref="ProcessPool(ProcessPoolOptions)" path="/exception"/>
    public ProcessPool(int workers)
        : this(new ProcessPoolOptions { Workers = workers })
    {
    }

    /// <summary>Starts a pool. Returns while the workers come up.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">A limit makes no sense: no CPU, or a soft limit above its hard one.</exception>
    /// <exception cref="Serializing.PickleException">The initializer captures what cannot travel.</exception>
    /// <exception cref="InvalidOperationException">This program cannot be started again as a worker, or this process is a worker of the tenth generation.</exception>
    /// <exception cref="IOException">The system could not start a process.</exception>
    /// <exception cref="OutOfMemoryException">The system could not start a thread.</exception>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public ProcessPool(ProcessPoolOptions? options = null)
        : this(PoolSettings.From(options ?? new ProcessPoolOptions(), $"Pool-{Interlocked.Increment(ref s_poolCount)}"))
    {
    }

    private ProcessPool(PoolSettings settings)
        : this(settings, Start(settings))
    {
    }

    private ProcessPool(PoolSettings settings, PoolDispatcher dispatcher)
        : base(dispatcher, new PoolState(settings.Name), settings.Task) => _dispatcher = dispatcher;

    /// <summary>The process ids of the workers that live or come up just now: a snapshot.</summary>
    public IReadOnlyList<int> WorkerProcessIds => _dispatcher.ProcessIds;

    /// <summary>
    /// Makes the pool aim at so many workers from now on. Returns at once: new ones come up, and those that are too many finish what they
    /// run, while what waits for them goes to others.
    /// </summary>
    /// <param name="workers">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The pool was closed or terminated.</exception>
    /// <exception cref="PoolBrokenException">The pool cannot go on.</exception>
    public void Resize(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        EnsureRunning();
        _dispatcher.Resize(workers);
    }

    /// <summary>
    /// Writes what the workers did and when, as JSON that Perfetto (ui.perfetto.dev), chrome://tracing and others show: a track for
    /// each worker, with its start, its tasks and its end. May be called at any time, also after the end of the pool.
    /// </summary>
    /// <param name="path">A file, which is replaced.</param>
    /// <exception cref="InvalidOperationException"><see cref="ProcessPoolOptions.RecordTimeline"/> is off.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void WriteTimeline(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TimelineSnapshot timeline = Timeline();
        using FileStream file = File.Create(path);
        timeline.Write(file);
    }

    /// <inheritdoc cref="WriteTimeline(string)"/>
    /// <param name="stream">Stays open.</param>
    public void WriteTimeline(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Timeline().Write(stream);
    }

    private TimelineSnapshot Timeline() => _dispatcher.Timeline() ?? throw new InvalidOperationException(
        $"Pool {Name} keeps no timeline: set {nameof(ProcessPoolOptions)}.{nameof(ProcessPoolOptions.RecordTimeline)}.");

    private static PoolDispatcher Start(PoolSettings settings)
    {
        PoolDispatcher dispatcher;
        try
        {
            dispatcher = new PoolDispatcher(settings);
        }
        catch
        {
            settings.UndoInitializer?.Invoke();
            throw;
        }

        if (settings.UndoInitializer is { } undo)
        {
            dispatcher.EndedAsync().ContinueWith(_ => undo(), TaskScheduler.Default);
        }

        return dispatcher;
    }
}
