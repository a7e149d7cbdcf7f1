using System.Diagnostics;
using Cohort.Pools;

namespace Cohort;

/// <summary>
/// A pool without workers: functions run in the caller, before the call that submits them returns. For tests and for
/// debugging, since a breakpoint's stack leads to the caller.
/// </summary>
/// <remarks>
/// <para>
/// <c>ApplyAsync</c> and <c>MapAsync</c> give tasks that are completed already; an exception is in the task, as everywhere
/// else. Streams run one item when its result is asked for. Arguments and results are shared, not copied. Calls of several
/// threads run side by side, each in its own.
/// </para>
/// <para>
/// Functions may call their own pool, only not wait for its end. What runs when the pool is terminated or its token is
/// cancelled goes on to its end, and its outcome is dropped; a map stops after the item that runs.
/// </para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class InlinePool : PoolBase
{
    private static int s_poolCount;

    /// <summary>A pool that runs functions in the caller.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="NotSupportedException">Tasks shall have a timeout, which takes worker processes.</exception>
    public InlinePool(InlinePoolOptions? options = null)
        : this(
            options?.Name ?? $"InlinePool-{Interlocked.Increment(ref s_poolCount)}",
            options is null ? WorkerStages.None : new WorkerStages(options.Initializer, options.StateFactory, options.StartFunction, options.ExitFunction),
            options?.TaskOptions.CheckedForThisProcess() ?? TaskOptions.Default)
    {
    }

    private InlinePool(string name, WorkerStages stages, TaskOptions taskOptions)
        : this(new InlineEngine(name, stages), name, taskOptions) => ((InlineEngine)Engine).Initialize();

    private InlinePool(InlineEngine engine, string name, TaskOptions taskOptions)
        : base(engine, new PoolState(name), taskOptions)
    {
    }
}
