using System.Diagnostics.CodeAnalysis;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>Work that is cut into items when a worker has room for one. Used under the dispatcher's lock.</summary>
internal abstract class WorkSource(FunctionEntry function, TaskOptions options)
{
    public FunctionEntry Function { get; } = function;

    public TaskOptions Options { get; } = options;

    /// <summary>Who follows the call; null for nobody.</summary>
    public CallWatch? Watch { get; init; }

    /// <summary>How many calls are not handed out yet.</summary>
    public abstract int Left { get; }

    /// <summary>Nothing is left to hand out.</summary>
    public abstract bool IsExhausted { get; }

    /// <summary>How many calls others may hand out at a turn while this one is not up to speed; <see cref="int.MaxValue"/> for any number.</summary>
    public abstract int LimitForOthers { get; }

    /// <summary>The next item.</summary>
    /// <param name="workers">Among how many workers the rest is shared.</param>
    /// <param name="limit">How many calls it should have at most.</param>
    /// <param name="item">What to send.</param>
    public abstract bool TryNext(int workers, int limit, [MaybeNullWhen(false)] out WorkItem item);

    /// <summary>The pool ends before its time.</summary>
    public abstract void Abort(Exception reason);
}
