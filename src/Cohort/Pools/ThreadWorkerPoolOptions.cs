namespace Cohort;

/// <summary>How a <see cref="ThreadWorkerPool"/> works. What is null takes the default that its property states.</summary>
public sealed record ThreadWorkerPoolOptions
{
    /// <summary>How many threads, at least 1.</summary>
    /// <value>The default is <see cref="WorkerProcess.CpuCount"/>.</value>
    public int? Workers { get; init; }

    /// <summary>Runs once in each thread before its first task. If it throws, the pool is broken and says why.</summary>
    public Action? Initializer { get; init; }

    /// <summary>The pool's name, for people and logs; its threads are called by it, <c>Name-1</c> and so on.</summary>
    /// <value>The default is <c>ThreadPool-N</c>.</value>
    public string? Name { get; init; }
}
