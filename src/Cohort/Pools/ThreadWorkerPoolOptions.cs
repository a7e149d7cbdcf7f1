using Cohort.Pools;

namespace Cohort;

/// <summary>How a <see cref="ThreadWorkerPool"/> works. What is null takes the default that its property states.</summary>
public sealed record ThreadWorkerPoolOptions
{
    /// <summary>How many threads, at least 1.</summary>
    /// <value>The default is <see cref="WorkerProcess.CpuCount"/>.</value>
    public int? Workers { get; init; }

    /// <summary>Runs once in each thread before its first task. If it throws, the pool is broken and says why.</summary>
    public Action? Initializer { get; init; }

    /// <summary>
    /// Makes, once in each thread after the initializer, what <see cref="WorkerState.Get{T}"/> gives its tasks: a model, a
    /// connection, a cache. If it throws, the pool is broken and says why. A state that is disposable is disposed when the
    /// thread leaves, also of a pool that is terminated.
    /// </summary>
    public Func<object>? StateFactory { get; init; }

    /// <summary>
    /// Runs once in each thread before its first task, when the state is there. Its results are in
    /// <see cref="PoolBase.StartResults"/>. If it throws, the pool is broken and says why.
    /// </summary>
    public Func<object?>? StartFunction { get; init; }

    /// <summary>
    /// Runs once in each thread after its last task when the pool is closed. Its
    /// results are in <see cref="PoolBase.ExitResults"/>, and so is what it throws, which harms nothing else. Does not run
    /// when the pool is terminated.
    /// </summary>
    public Func<object?>? ExitFunction { get; init; }

    /// <summary>How tasks are run; <see cref="PoolBase.With"/> has others for some.</summary>
    public TaskOptions TaskOptions { get; init; } = new();

    /// <summary>The pool's name, for people and logs; its threads are called by it, <c>Name-1</c> and so on.</summary>
    /// <value>The default is <c>ThreadPool-N</c>.</value>
    public string? Name { get; init; }
}
