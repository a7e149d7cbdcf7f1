using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A lock that an <see cref="InterprocessCondition"/> can stand on.</summary>
internal interface IConditionLock : ILockState
{
    LockState State { get; }

    SharedObject Object { get; }

    /// <summary>Whether the caller holds it, as far as one can tell without a handle.</summary>
    bool IsHeldByCaller { get; }

    LockHandle Acquire(TimeSpan? timeout, CancellationToken cancellationToken);

    ValueTask<LockHandle> AcquireAsync(TimeSpan? timeout, CancellationToken cancellationToken);

    LockHandle? TryAcquire(TimeSpan timeout, CancellationToken cancellationToken);

    ValueTask<LockHandle?> TryAcquireAsync(TimeSpan timeout, CancellationToken cancellationToken);

    void Release();
}
