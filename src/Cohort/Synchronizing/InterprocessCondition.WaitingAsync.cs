using System.Runtime.ExceptionServices;
using Cohort.Utils;

namespace Cohort.Synchronizing;

public sealed partial class InterprocessCondition
{
    /// <summary>Gives up the lock before it returns, waits to be notified without blocking a thread, and has the lock again.</summary>
    /// <param name="held">The handle that holds the lock. It holds it again when the wait has ended; do not dispose it before.</param>
    /// <param name="timeout">How long to wait at most; null waits without end. Getting the lock back comes on top.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <returns>A task that ends with the lock held.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not notified in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="SynchronizationLockException">
    /// The handle does not hold the lock, or holds it for a thread, or was disposed during the wait.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed, maybe during the wait.</exception>
    public async ValueTask WaitAsync(LockHandle held, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await WaitCoreAsync(held, Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Gives up the lock before it returns, waits for some time to be notified, and has the lock again.</summary>
    /// <param name="held">The handle that holds the lock. It holds it again when the wait has ended; do not dispose it before.</param>
    /// <param name="timeout">How long to wait at most. Getting the lock back comes on top.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <returns>Whether it was notified.</returns>
    /// <inheritdoc cref="WaitAsync" path="/exception[not(contains(@cref, 'TimeoutException'))]"/>
    public ValueTask<bool> TryWaitAsync(LockHandle held, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitCoreAsync(held, Deadline.In(timeout), cancellationToken);

    /// <summary>Waits until something is true, which is asked with the lock held: at once, and each time it is notified.</summary>
    /// <param name="held">The handle that holds the lock. It holds it again when the wait has ended; do not dispose it before.</param>
    /// <param name="predicate">What has to be true. What it throws ends the wait.</param>
    /// <param name="timeout">How long to wait at most, in all; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <returns>A task that ends with the lock held.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It did not become true in time.</exception>
    /// <inheritdoc cref="WaitAsync" path="/exception[not(contains(@cref, 'TimeoutException'))]"/>
    public async ValueTask WaitForAsync(
        LockHandle held, Func<bool> predicate, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TryWaitForAsync(held, predicate, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Waits for some time until something is true, which is asked with the lock held: at once, when notified, and at the end.</summary>
    /// <param name="held">The handle that holds the lock. It holds it again when the wait has ended; do not dispose it before.</param>
    /// <param name="predicate">What has to be true. What it throws ends the wait.</param>
    /// <param name="timeout">How long to wait at most, in all.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <returns>What the predicate gave last.</returns>
    /// <inheritdoc cref="WaitAsync" path="/exception[not(contains(@cref, 'TimeoutException'))]"/>
    public async ValueTask<bool> TryWaitForAsync(
        LockHandle held, Func<bool> predicate, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Deadline deadline = Deadline.In(timeout);
        EnsureHeldByHandle(held);
        while (!predicate())
        {
            if (!await WaitCoreAsync(held, deadline, cancellationToken).ConfigureAwait(false))
            {
                return predicate();
            }
        }

        return true;
    }

    private async ValueTask<bool> WaitCoreAsync(LockHandle held, Deadline deadline, CancellationToken cancellationToken)
    {
        EnsureHeldByHandle(held);
        cancellationToken.ThrowIfCancellationRequested();
        HoldCells();
        SuspendedLock suspended = default;
        try
        {
            long noted = State.Arrive();
            bool? isNotified;
            do
            {
                suspended = SuspendedLocks.Suspend(_lock.State);
                bool isAwake = false;
                ExceptionDispatchInfo? fault = null;
                try
                {
                    isAwake = await AsyncWaits.Run(NewWait(noted), deadline, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    fault = ExceptionDispatchInfo.Capture(exception);
                }

                bool? taken = await LockCore.TakeAsync(_lock.Object, _lock.State.Word, Deadline.Never, CancellationToken.None)
                    .ConfigureAwait(false);
                Resume(suspended, isAbandoned: taken == true);
                LeaveReleased(held, SuspendedLocks.End(_lock.State, suspended), noted);
                isNotified = Settle(noted, isAwake, fault, isAbandoned: taken == true);
            }
            while (isNotified is null);

            return isNotified.Value;
        }
        finally
        {
            _ = SuspendedLocks.End(_lock.State, suspended);
            LetGoOfCells();
        }
    }

    private void EnsureHeldByHandle(LockHandle held)
    {
        ArgumentNullException.ThrowIfNull(held);
        EnsureHeld(held);
        if (_lock.State.Thread != 0)
        {
            throw new SynchronizationLockException(
                $"The lock was acquired for a thread, which an asynchronous wait may leave; use {nameof(AcquireAsync)} ({_lock.Object}).");
        }
    }

    /// <summary>Whoever disposed a handle during the wait meant to have released the lock.</summary>
    /// <exception cref="SynchronizationLockException">The wait's own handle was.</exception>
    private void LeaveReleased(LockHandle held, int released, long noted)
    {
        bool isLost = held.IsReleased;
        if (isLost)
        {
            State.LeaveCancelled(noted);
        }

        for (int i = 0; i < released; i++)
        {
            _lock.State.Leave();
        }

        if (isLost)
        {
            throw new SynchronizationLockException($"The handle was disposed during the wait ({_lock.Object}).");
        }
    }
}
