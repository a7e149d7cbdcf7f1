namespace Cohort.Pools;

/// <summary>How a pool runs tasks. Given with the pool for all, or by <see cref="PoolBase.With"/> for some.</summary>
public sealed record TaskOptions
{
    /// <summary>How often a task is run again whose worker died of it, before it fails with <see cref="WorkerLostException"/>.</summary>
    /// <remarks>Without effect where workers do not die: in a <see cref="ThreadWorkerPool"/> and an <see cref="InlinePool"/>.</remarks>
    /// <value>The default is 0: a function may have effects that must not happen twice.</value>
    public int Retries { get; init; }

    internal static TaskOptions Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal void Validate() => ArgumentOutOfRangeException.ThrowIfNegative(Retries, nameof(Retries));
}
