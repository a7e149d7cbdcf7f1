using System.Diagnostics;
using Cohort.Pools;

namespace Cohort;

/// <summary>
/// A number of threads of this process behind the calls of a <see cref="ProcessPool"/> (Python:
/// <c>multiprocessing.dummy.Pool</c>, <c>multiprocessing.pool.ThreadPool</c>).
/// </summary>
/// <remarks>
/// <para>
/// Nothing is encoded: functions, arguments and results are shared with the caller, not copied, so that a function that
/// changes its argument changes the caller's. An exception is the very object that was thrown. In exchange, anything can
/// be given and returned, and a task costs little.
/// </para>
/// <para>
/// A thread cannot be killed. A task that is cancelled, or whose pool is terminated, while it runs ends for its caller at
/// once and goes on in its thread, which takes nothing else meanwhile; its outcome is dropped, and of a chunk only the item
/// that runs is finished. So <see cref="PoolBase.Join"/> and disposal wait for functions that run, also after
/// <see cref="PoolBase.Terminate"/>. A function that brings the process down takes the pool with it.
/// </para>
/// <para>
/// A function that blocks for its own pool, in <c>Apply</c>, <c>Map</c>, <c>StarMap</c>, <c>MapStream</c>, <c>Join</c> or
/// <c>Dispose</c>, is refused with <see cref="InvalidOperationException"/>, since with all threads at it none would be left
/// for what they wait for. It is not seen when such a function blocks for a task that it has submitted with <c>ApplyAsync</c>, or
/// awaits it: an asynchronous function has its thread until it has ended, so that with all threads at this none goes on.
/// </para>
/// <para>The threads are background threads: they do not keep the process alive.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ThreadWorkerPool : PoolBase
{
    private static int s_poolCount;

    /// <summary>A pool of so many threads, with the defaults for all else.</summary>
    /// <param name="workers">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1.</exception>
    /// <exception cref="OutOfMemoryException">The system could not start a thread.</exception>
    public ThreadWorkerPool(int workers)
        : this(new ThreadWorkerPoolOptions { Workers = workers })
    {
    }

    /// <summary>Starts a pool. Returns while the threads come up.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="NotSupportedException">Tasks shall have a timeout, which takes worker processes.</exception>
    /// <exception cref="OutOfMemoryException">The system could not start a thread.</exception>
    public ThreadWorkerPool(ThreadWorkerPoolOptions? options = null)
        : this(
            options?.Name ?? $"ThreadPool-{Interlocked.Increment(ref s_poolCount)}",
            options?.Workers ?? WorkerProcess.CpuCount,
            options is null ? WorkerStages.None : new WorkerStages(options.Initializer, options.StateFactory, options.StartFunction, options.ExitFunction),
            options?.TaskOptions.CheckedForThisProcess() ?? TaskOptions.Default)
    {
    }

    private ThreadWorkerPool(string name, int workers, WorkerStages stages, TaskOptions taskOptions)
        : base(new ThreadEngine(name, Checked(workers), stages), new PoolState(name), taskOptions)
    {
    }

    /// <summary>
    /// Makes the pool aim at so many threads from now on. Returns at once: those that are too many finish what they run.
    /// </summary>
    /// <param name="workers">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The pool was closed or terminated.</exception>
    /// <exception cref="PoolBrokenException">The pool cannot go on.</exception>
    /// <exception cref="OutOfMemoryException">The system could not start a thread; the pool aims at those that it has got.</exception>
    public void Resize(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        EnsureRunning();
        ((ThreadEngine)Engine).Resize(workers);
    }

    private static int Checked(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1, nameof(ThreadWorkerPoolOptions.Workers));
        return workers;
    }
}
