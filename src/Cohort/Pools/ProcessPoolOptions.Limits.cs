using Cohort.Pools;

namespace Cohort;

/// <content>How long workers live, and how many there are.</content>
public sealed partial record ProcessPoolOptions
{
    /// <summary>
    /// After how many tasks a worker is replaced (Python: <c>maxtasksperchild</c>, <c>max_tasks_per_child</c>). As there, a chunk of a
    /// map counts as one task. No worker is ever given more.
    /// </summary>
    /// <value>The default is null: workers live as long as the pool.</value>
    /// <remarks>
    /// The replacement is started ahead of the last task, as long as starts have taken, so that it is ready by then; it waits
    /// idle until the place is free. Where the tasks of a whole life take less time than a start, starts set the pace.
    /// </remarks>
    public int? MaxTasksPerWorker { get; init; }

    /// <summary>
    /// After how long a worker is replaced. It goes on until its replacement is ready, and finishes what it has begun. Not all workers are
    /// replaced at once, but a quarter of them.
    /// </summary>
    /// <value>The default is null: workers live as long as the pool.</value>
    public TimeSpan? MaxWorkerAge { get; init; }

    /// <summary>
    /// With how many bytes of resident memory a worker is replaced, as after <see cref="MaxWorkerAge"/>. Looked at between tasks: a task
    /// is not stopped for it. A worker that takes more before its first task breaks the pool, since none could do better.
    /// </summary>
    /// <value>The default is null: no limit.</value>
    public long? MaxWorkerMemory { get; init; }

    /// <summary>The same for what a worker's resident memory has grown by since it was ready: a guard against leaks.</summary>
    /// <value>The default is null: no limit. A worker's first tasks make it grow by some megabytes, whatever they do.</value>
    public long? MaxWorkerMemoryGrowth { get; init; }

    /// <summary>How long a worker may have nothing to do before it leaves. It is started again when there is work for it.</summary>
    /// <value>The default is null: idle workers stay.</value>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>How many workers stay, however long they are idle; at most <see cref="Workers"/>.</summary>
    /// <value>The default is 0.</value>
    public int MinWorkers { get; init; }

    /// <summary>How many workers may die unexpectedly, and within how long, before the pool is broken.</summary>
    /// <value>
    /// The default is null: every worker that dies is replaced, however many do. Only workers that end before they are ready, one
    /// after the other, break the pool whatever this is.
    /// </value>
    public RestartLimit? RestartLimit { get; init; }
}
