using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Errors that name the place.</summary>
internal sealed partial class PoolDispatcher
{
    /// <summary>
    /// What could not travel, with the call that it was for: the error arises in code of the pool's own, here or in a worker, so
    /// that no stack leads to the function.
    /// </summary>
    private static Exception Explain(WorkItem item, Exception fault) => fault is PickleException refusal
        ? refusal.Path is { } path
            ? new PickleException(path, $"{refusal.Reason} (In a call of {item.Describe()}.)", refusal)
            : new PickleException($"{refusal.Message} (In a call of {item.Describe()}.)", refusal)
        : fault;
}
