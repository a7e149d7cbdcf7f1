using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>
/// A number of permits for threads and tasks of any number of processes (Python: <c>multiprocessing.Semaphore</c>). Not tied
/// to a thread: a permit may be held across <c>await</c>, and released on another thread or by another process.
/// </summary>
/// <remarks>
/// <para>
/// Waiters are not served in order. Where there is a permit, acquiring costs one atomic instruction; releasing makes a
/// system call only when somebody waits. Nobody hangs because another waiter, or whoever was about to wake it, was killed.
/// </para>
/// <para>
/// The permits that a process holds are gone with it when it ends without releasing them, unless the semaphore was made with
/// <see cref="SemaphoreOptions.PermitTracking"/>. With tracking, a release by a process that holds none
/// puts a new permit into circulation.
/// </para>
/// </remarks>
[Picklable(typeof(SharedObjectPickler<InterprocessSemaphore>))]
public sealed class InterprocessSemaphore : SharedObject, ISharedObject<InterprocessSemaphore>
{
    private readonly SemaphoreCore _core;

    /// <summary>A semaphore that nobody else knows of yet.</summary>
    /// <param name="initialCount">How many permits there are.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessSemaphore(int initialCount = 1, SemaphoreOptions? options = null)
        : this(SemaphoreCore.Allocate(SharedKind.Semaphore, initialCount, int.MaxValue, options))
    {
    }

    private InterprocessSemaphore(SharedCell cell)
        : base(cell) => _core = new SemaphoreCore(this, cell, isBounded: false);

    /// <summary>
    /// The semaphore of this name, for programs that are not each other's workers; a new one if there is none. The name lasts until
    /// <see cref="SharedObject.Unlink"/> or a restart of the machine.
    /// </summary>
    /// <param name="name">Up to 248 bytes of UTF-8 without a slash.</param>
    /// <param name="initialCount">How many permits a new one has.</param>
    /// <param name="mode">Who may open it, if it is new: by default only this user.</param>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidDataException">Something else has this name.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions keep this user out.</exception>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public static InterprocessSemaphore OpenOrCreate(
        string name, int initialCount = 1, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        new(SemaphoreCore.OpenOrCreate(SharedKind.Semaphore, name, mode, initialCount, int.MaxValue));

    /// <summary>The semaphore of this name.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <inheritdoc cref="OpenOrCreate" path="//exception|//param[@name='name']"/>
    public static InterprocessSemaphore Open(string name) =>
        new(NamedCells.Open(SharedKind.Semaphore, SemaphoreWords.Size, name));

    static SharedKind ISharedObject<InterprocessSemaphore>.Kind => SharedKind.Semaphore;

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

    /// <summary>
    /// Gives permits back, and wakes as many waiters. Any thread of any process may do so, also without having acquired one:
    /// then there are more than at first.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <exception cref="SemaphoreFullException">There would be more than <see cref="int.MaxValue"/>. Nothing was released.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    /// <exception cref="ObjectDisposedException">The semaphore was disposed.</exception>
    public void Release(int count = 1)
    {
        EnsureNotDisposed();
        _core.Release(count);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(InterprocessSemaphore)} ({(Cell.IsDisposed ? "disposed" : _core.Describe())})";

    static InterprocessSemaphore ISharedObject<InterprocessSemaphore>.FromCell(SharedCell cell) => new(SemaphoreCore.Checked(cell));

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"No permit came free within {timeout} ({this}).");
}
