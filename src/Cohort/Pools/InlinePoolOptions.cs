using Cohort.Pools;

namespace Cohort;

/// <summary>How an <see cref="InlinePool"/> works.</summary>
public sealed record InlinePoolOptions
{
    /// <summary>Runs once, in the constructor. If it throws, the pool is broken and says why at each task.</summary>
    public Action? Initializer { get; init; }

    /// <summary>
    /// Makes, once, in the constructor, after the initializer, what <see cref="WorkerState.Get{T}"/> gives its tasks: a model, a
    /// connection, a cache. If it throws, the pool is broken and says why at each task. A state that is disposable is disposed when the
    /// pool ends, which is when it is closed or terminated and nothing runs any more.
    /// </summary>
    public Func<object>? StateFactory { get; init; }

    /// <summary>
    /// Runs once, in the constructor, when the state is there. Its result is in
    /// <see cref="PoolBase.StartResults"/>. If it throws, the pool is broken and says why at each task.
    /// </summary>
    public Func<object?>? StartFunction { get; init; }

    /// <summary>
    /// Runs once after the last task, when the pool is closed, in the thread that brings it to its end. Its result is in <see cref="PoolBase.ExitResults"/>, and so is what it throws, which harms nothing else. Does not run
    /// when the pool is terminated.
    /// </summary>
    public Func<object?>? ExitFunction { get; init; }

    /// <summary>How tasks are run; <see cref="PoolBase.With"/> has others for some.</summary>
    public TaskOptions TaskOptions { get; init; } = new();

    /// <summary>The pool's name, for people and logs.</summary>
    /// <value>The default is <c>InlinePool-N</c>.</value>
    public string? Name { get; init; }
}
