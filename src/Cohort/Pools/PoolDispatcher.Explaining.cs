using System.Runtime.ExceptionServices;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Errors that name the place.</summary>
internal sealed partial class PoolDispatcher
{
    /// <summary>
    /// What could not travel, with the call that it was for: the error arises in code of the pool's own, here or in a worker, so
    /// that no stack leads to the function.
    /// </summary>
    private static Exception Explain(WorkItem item, Exception fault)
    {
        if (fault is not PickleException refusal)
        {
            return fault;
        }

        string reason = $"{refusal.Reason} (In a call of {item.Describe()}.)";
        PickleException explained = refusal.Path is { } path
            ? new PickleException(path, reason, refusal.InnerException)
            : new PickleException(reason, refusal.InnerException);
        if (refusal.StackTrace is { } stack)
        {
            ExceptionDispatchInfo.SetRemoteStackTrace(explained, stack);
        }

        return explained;
    }
}
