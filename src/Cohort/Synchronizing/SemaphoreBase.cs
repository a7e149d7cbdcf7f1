using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>
/// A number of permits for threads and tasks of any number of processes. Not tied to a thread: a permit may be held across
/// <c>await</c>, and released on another thread or by another process.
/// </summary>
/// <remarks>
/// <para>
/// Waiters are not served in order. Where there is a permit, acquiring costs one atomic instruction; releasing makes a
/// system call only when somebody waits. Nobody hangs because another waiter, or whoever was about to wake it, was killed.
/// </para>
/// <para>
/// The permits that a process holds are gone with it when it ends without releasing them, unless the semaphore was made with
/// <see cref="SemaphoreOptions.PermitTracking"/>.
/// </para>
/// </remarks>
public abstract class SemaphoreBase : SharedObject
{
    private readonly SemaphoreCore _core;

    /// <param name="cell">Owned by this object, unless this throws.</param>
    /// <exception cref="InvalidDataException">The cell is no semaphore of this version.</exception>
    private protected SemaphoreBase(SharedCell cell, bool isBounded)
        : base(cell) => _core = new SemaphoreCore(this, cell, isBounded);

    /// <summary>
    /// How many permits are free. By the time that you know, that may have changed. With
    /// <see cref="SemaphoreOptions.PermitTracking"/>, reading it also returns the permits of processes that have ended.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The semaphore was disposed.</exception>
    public int CurrentCount
    {
        get
        {
            EnsureNotDisposed();
            return _core.Count;
        }
    }

    /// <summary>Blocks until there is a permit and takes it.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">With permit tracking: 64 other processes hold permits.</exception>
    /// <exception cref="ObjectDisposedException">The semaphore was disposed, maybe during the wait.</exception>
    public void Acquire(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TryAcquire(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Takes a permit when there is one, without blocking a thread.</summary>
    /// <inheritdoc cref="Acquire"/>
    public async ValueTask AcquireAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TryAcquireAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Takes a permit if there is one, or comes to be one in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether a permit was taken.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled. No permit was taken.</exception>
    /// <exception cref="InvalidOperationException">With permit tracking: 64 other processes hold permits.</exception>
    /// <exception cref="ObjectDisposedException">The semaphore was disposed, maybe during the wait.</exception>
    public bool TryAcquire(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return _core.Take(Deadline.In(timeout), cancellationToken);
    }

    /// <inheritdoc cref="TryAcquire"/>
    public ValueTask<bool> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return _core.TakeAsync(Deadline.In(timeout), cancellationToken);
    }

    /// <summary>Gives permits back, and wakes as many waiters. Any thread of any process may do so, also without having acquired one.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="SemaphoreFullException">
    /// There would be more than <see cref="int.MaxValue"/>, or with a bound more than at first. Nothing was released.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    /// <exception cref="ObjectDisposedException">The semaphore was disposed.</exception>
    public void Release(int count = 1)
    {
        EnsureNotDisposed();
        _core.Release(count);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} ({(Cell.IsDisposed ? "disposed" : _core.Describe())})";

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"No permit came free within {timeout} ({this}).");
}
