using System.Runtime.ExceptionServices;
using Cohort.Utils;

namespace Cohort.Synchronizing;

public sealed partial class InterprocessCondition
{
    /// <summary>Gives up the lock, waits to be notified, and has the lock again.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end. Getting the lock back comes on top.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not notified in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="SynchronizationLockException">The caller does not hold the lock.</exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed, maybe during the wait.</exception>
    public void Wait(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!WaitCore(Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Gives up the lock, waits for some time to be notified, and has the lock again.</summary>
    /// <param name="timeout">How long to wait at most. Getting the lock back comes on top.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <returns>Whether it was notified.</returns>
    /// <inheritdoc cref="Wait" path="/exception[not(contains(@cref, 'TimeoutException'))]"/>
    public bool TryWait(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitCore(Deadline.In(timeout), cancellationToken);

    /// <summary>Waits until something is true, which is asked with the lock held: at once, and each time it is notified.</summary>
    /// <param name="predicate">What has to be true. What it throws ends the wait.</param>
    /// <param name="timeout">How long to wait at most, in all; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It did not become true in time.</exception>
    /// <inheritdoc cref="Wait" path="/exception[not(contains(@cref, 'TimeoutException'))]"/>
    public void WaitFor(Func<bool> predicate, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TryWaitFor(predicate, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Waits for some time until something is true, which is asked with the lock held: at once, when notified, and at the end.</summary>
    /// <param name="predicate">What has to be true. What it throws ends the wait.</param>
    /// <param name="timeout">How long to wait at most, in all.</param>
    /// <param name="cancellationToken">Ends the wait. What it was notified of goes to another one.</param>
    /// <returns>What the predicate gave last.</returns>
    /// <inheritdoc cref="Wait" path="/exception[not(contains(@cref, 'TimeoutException'))]"/>
    public bool TryWaitFor(Func<bool> predicate, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Deadline deadline = Deadline.In(timeout);
        EnsureHeld(null);
        while (!predicate())
        {
            if (!WaitCore(deadline, cancellationToken))
            {
                return predicate();
            }
        }

        return true;
    }

    private bool WaitCore(Deadline deadline, CancellationToken cancellationToken)
    {
        EnsureHeld(null);
        cancellationToken.ThrowIfCancellationRequested();
        HoldCells();
        try
        {
            long noted = State.Arrive();
            bool? isNotified;
            do
            {
                SuspendedLock suspended = _lock.State.Suspend();
                bool isAwake = false;
                ExceptionDispatchInfo? fault = null;
                try
                {
                    isAwake = BlockingWait.Run(NewWait(noted), deadline, cancellationToken);
                }
                catch (Exception exception)
                {
                    fault = ExceptionDispatchInfo.Capture(exception);
                }

                bool? taken = LockCore.Take(_lock.Object, _lock.State.Word, Deadline.Never, CancellationToken.None);
                Resume(suspended, isAbandoned: taken == true);
                isNotified = Settle(noted, isAwake, fault, isAbandoned: taken == true);
            }
            while (isNotified is null);

            return isNotified.Value;
        }
        finally
        {
            LetGoOfCells();
        }
    }

    private ConditionWait NewWait(long noted) => new(this, _lock, State, noted);

    /// <summary>Keeps both cells from being used again, whatever is disposed during the wait.</summary>
    private void HoldCells()
    {
        ObjectDisposedException.ThrowIf(!Cell.TryHold(), this);
        if (!_lock.Object.Cell.TryHold())
        {
            Cell.LetGo();
            throw new ObjectDisposedException(_lock.Object.GetType().FullName);
        }
    }

    private void LetGoOfCells()
    {
        _lock.Object.Cell.LetGo();
        Cell.LetGo();
    }

    /// <summary>The word is taken: the caller holds the lock again, as before.</summary>
    private void Resume(SuspendedLock suspended, bool isAbandoned)
    {
        _lock.State.Resume(suspended, isAbandoned);
        if (_lock.Object.Cell.IsDisposed)
        {
            // Nobody here could release it any more. For the other processes this wait is one that died.
            _lock.State.End();
            throw new ObjectDisposedException(_lock.Object.GetType().FullName);
        }
    }

    /// <summary>With the lock held again: how the wait has ended; null when it goes on.</summary>
    private bool? Settle(long noted, bool isAwake, ExceptionDispatchInfo? fault, bool isAbandoned)
    {
        if (isAbandoned && fault?.SourceException is null or OperationCanceledException)
        {
            // To sleep again, or to let the caller leave by an exception, would be to keep from everybody that the lock was
            // left by a dead process. A wait for more gives up at once if it is cancelled.
            if (!State.TryTakePermit(noted))
            {
                State.Leave();
            }

            return true;
        }

        if (fault is not null)
        {
            State.LeaveCancelled(noted);
            fault.Throw();
        }

        if (State.TryTakePermit(noted))
        {
            return true;
        }

        if (isAwake)
        {
            return null;
        }

        State.Leave();
        return false;
    }

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"The condition was not notified within {timeout} ({this}).");
}
