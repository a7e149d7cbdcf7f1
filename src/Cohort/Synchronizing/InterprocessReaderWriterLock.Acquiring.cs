using Cohort.Utils;

namespace Cohort.Synchronizing;

public sealed partial class InterprocessReaderWriterLock
{
    /// <summary>Blocks while a writer has the lock or waits for it, and takes it to read.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not free in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">64 processes that still run have read under this lock, and this is another.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle AcquireRead(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TryAcquireRead(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken) ?? throw TimedOut("read", timeout);

    /// <summary>Takes the lock to read when no writer has it or waits for it, without blocking a thread.</summary>
    /// <inheritdoc cref="AcquireRead"/>
    public async ValueTask<LockHandle> AcquireReadAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await TryAcquireReadAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false)
            ?? throw TimedOut("read", timeout);

    /// <summary>Takes the lock to read if no writer has it or waits for it, or will have in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release; or null.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">64 processes that still run have read under this lock, and this is another.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle? TryAcquireRead(TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        ReadHandle(ReaderWriterCore.EnterRead(this, Words, Slot, Deadline.In(timeout), cancellationToken));

    /// <inheritdoc cref="TryAcquireRead"/>
    public ValueTask<LockHandle?> TryAcquireReadAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        ValueTask<bool> entered = ReaderWriterCore.EnterReadAsync(this, Words, Slot, Deadline.In(timeout), cancellationToken);
        return entered.IsCompletedSuccessfully ? new ValueTask<LockHandle?>(ReadHandle(entered.Result)) : FinishReadAsync(entered);
    }

    /// <summary>Blocks while anybody has the lock, and takes it to write.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not free in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle AcquireWrite(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TryAcquireWrite(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken) ?? throw TimedOut("write", timeout);

    /// <summary>Takes the lock to write when nobody has it, without blocking a thread.</summary>
    /// <inheritdoc cref="AcquireWrite"/>
    public async ValueTask<LockHandle> AcquireWriteAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await TryAcquireWriteAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false)
            ?? throw TimedOut("write", timeout);

    /// <summary>Takes the lock to write if nobody has it, or will have in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release; or null.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle? TryAcquireWrite(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return WriteHandle(ReaderWriterCore.EnterWrite(this, Words, Deadline.In(timeout), cancellationToken));
    }

    /// <inheritdoc cref="TryAcquireWrite"/>
    public ValueTask<LockHandle?> TryAcquireWriteAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        ValueTask<bool> entered = ReaderWriterCore.EnterWriteAsync(this, Words, Deadline.In(timeout), cancellationToken);
        return entered.IsCompletedSuccessfully ? new ValueTask<LockHandle?>(WriteHandle(entered.Result)) : FinishWriteAsync(entered);
    }

    private async ValueTask<LockHandle?> FinishReadAsync(ValueTask<bool> entered) => ReadHandle(await entered.ConfigureAwait(false));

    private async ValueTask<LockHandle?> FinishWriteAsync(ValueTask<bool> entered) => WriteHandle(await entered.ConfigureAwait(false));
}
