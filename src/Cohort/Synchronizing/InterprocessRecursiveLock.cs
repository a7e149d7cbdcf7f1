using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

// Who the holder is
//
// Acquire gives the lock to the calling thread, as Python's RLock: that thread may acquire it again, and only it releases.
// AcquireAsync cannot, since what follows an await runs on any thread. It cannot give it to the flow of control either: an
// AsyncLocal is inherited by every task that is started while the lock is held, so all of these would be the holder at
// once and go in together. So there the handle is the holder, and who has it goes in again by showing it.

/// <summary>
/// A lock for threads and tasks of any number of processes that its holder can acquire again (Python:
/// <c>multiprocessing.RLock</c>). It is free when it was released as often.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Acquire"/> and <see cref="TryAcquire"/> give it to the calling thread. <see cref="AcquireAsync"/> and
/// <see cref="TryAcquireAsync"/> give it to the <see cref="LockHandle"/>, which may be held across <c>await</c> and disposed
/// on any thread; going in again is <see cref="Reenter"/>, while another <c>AcquireAsync</c> would wait for the first.
/// </para>
/// <para>
/// When the process that holds it ends, however it ends, a waiter gets it within 100 ms, once, and is told by
/// <see cref="LockHandle.Abandoned"/>. A thread that ends without releasing leaves it held. Waiters are not served in order.
/// </para>
/// </remarks>
[Picklable(typeof(SharedObjectPickler<InterprocessRecursiveLock>))]
public sealed class InterprocessRecursiveLock : SharedObject, ISharedObject<InterprocessRecursiveLock>, IConditionLock
{
    /// <summary>A free lock that nobody else knows of yet.</summary>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessRecursiveLock()
        : this(SharedCell.Allocate(SharedKind.RecursiveLock, LockState.Size))
    {
    }

    private InterprocessRecursiveLock(SharedCell cell)
        : base(cell)
    {
    }

    /// <summary>The lock of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <inheritdoc cref="InterprocessLock.OpenOrCreate" path="//param|//exception|//remarks"/>
    public static InterprocessRecursiveLock OpenOrCreate(string name, UnixFileMode mode = NamedCells.OwnerOnly) =>
        new(NamedCells.OpenOrCreate(SharedKind.RecursiveLock, LockState.Size, name, mode));

    /// <summary>The lock of this name.</summary>
    /// <inheritdoc cref="InterprocessLock.Open" path="//exception|//param"/>
    public static InterprocessRecursiveLock Open(string name) =>
        new(NamedCells.Open(SharedKind.RecursiveLock, LockState.Size, name));

    static SharedKind ISharedObject<InterprocessRecursiveLock>.Kind => SharedKind.RecursiveLock;

    /// <summary>Whether anybody holds it. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public bool IsHeld => OwnerProcessId is not null;

    /// <summary>Whether <see cref="Acquire"/> or <see cref="TryAcquire"/> gave it to the calling thread. Only that can change it.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public bool IsHeldByCurrentThread
    {
        get
        {
            EnsureNotDisposed();
            bool isHeld = State.Thread == ThreadNumber.Current;
            GC.KeepAlive(this);
            return isHeld;
        }
    }

    /// <summary>The process that acquired it, if it is held; it may have died since.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public int? OwnerProcessId
    {
        get
        {
            EnsureNotDisposed();
            int owner = State.Word.Owner;
            GC.KeepAlive(this);
            return owner == 0 ? null : owner;
        }
    }

    /// <summary>
    /// How often its holder, whoever that is, would have to release it to make it free; 0 when it is. For all but the holder a
    /// snapshot.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public int RecursionCount
    {
        get
        {
            EnsureNotDisposed();
            int depth = State.Depth;
            GC.KeepAlive(this);
            return depth;
        }
    }

    unsafe LockState IConditionLock.State => new(Cell.Payload);

    SharedObject IConditionLock.Object => this;

    bool IConditionLock.IsHeldByCaller => IsHeldByCurrentThread;

    private LockState State => ((IConditionLock)this).State;

    /// <summary>Blocks until the lock is free and takes it for this thread; at once when this thread has it already.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One acquisition: dispose it on this thread, or call <see cref="Release"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not free in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle Acquire(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TryAcquire(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken) ?? throw TimedOut(timeout);

    /// <summary>Takes the lock when it is free, without blocking a thread, for the handle that comes back.</summary>
    /// <returns>The lock, held: dispose it to release, on any thread.</returns>
    /// <inheritdoc cref="Acquire"/>
    public async ValueTask<LockHandle> AcquireAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await TryAcquireAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false) ?? throw TimedOut(timeout);

    /// <summary>Takes the lock for this thread if it is free, or becomes so in time, or is this thread's already.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One acquisition: dispose it on this thread, or call <see cref="Release"/>; or null.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle? TryAcquire(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Deadline.In(timeout);
        if (IsHeldByCurrentThread)
        {
            return Deepen();
        }

        return Held(LockCore.Take(this, State.Word, deadline, cancellationToken), ThreadNumber.Current);
    }

    /// <summary>Takes the lock if it is free, or becomes so in time, without blocking a thread, for the handle that comes back.</summary>
    /// <returns>The lock, held: dispose it to release, on any thread; or null.</returns>
    /// <inheritdoc cref="TryAcquire"/>
    public ValueTask<LockHandle?> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        ValueTask<bool?> taken = LockCore.TakeAsync(this, State.Word, Deadline.In(timeout), cancellationToken);
        return taken.IsCompletedSuccessfully ? new ValueTask<LockHandle?>(Held(taken.Result, thread: 0)) : FinishAsync(taken);
    }

    /// <summary>Acquires the lock once more for whoever has a handle of it, without waiting.</summary>
    /// <param name="held">A handle that holds the lock; it has to stay so during this call.</param>
    /// <returns>A handle of the same acquisition; the lock is free when all of them are disposed, in any order.</returns>
    /// <exception cref="SynchronizationLockException">The handle was disposed, is of another lock, or another thread's.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public LockHandle Reenter(LockHandle held)
    {
        ArgumentNullException.ThrowIfNull(held);
        EnsureNotDisposed();
        if (!held.IsOf(this) || IsAnotherThreads)
        {
            throw new SynchronizationLockException(
                "The handle does not hold this lock: it was disposed, or is of another lock, or of an acquisition by another thread.");
        }

        return Deepen();
    }

    /// <summary>Undoes one <see cref="Acquire"/> of this thread. What a handle holds is released by disposing the handle.</summary>
    /// <exception cref="SynchronizationLockException">The calling thread does not hold it.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public void Release()
    {
        if (!IsHeldByCurrentThread)
        {
            throw new SynchronizationLockException($"The lock was released by a thread that does not hold it ({this}).");
        }

        State.Leave();
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override string ToString() => Cell.IsDisposed
        ? $"{nameof(InterprocessRecursiveLock)} (disposed)"
        : $"{nameof(InterprocessRecursiveLock)} ({State.Word.Describe()}, count {State.Depth})";

    static InterprocessRecursiveLock ISharedObject<InterprocessRecursiveLock>.FromCell(SharedCell cell) => FromCell(cell);

    /// <exception cref="InvalidDataException">What lies there cannot be such a lock.</exception>
    internal static InterprocessRecursiveLock FromCell(SharedCell cell) => cell.Length == LockState.Size
        ? new InterprocessRecursiveLock(cell)
        : throw new InvalidDataException($"A lock of {cell.Length} bytes is none of this version of Cohort.");

    bool ILockState.TryRelease(long acquisition)
    {
        // Released otherwise meanwhile, and maybe acquired by somebody else: not ours to release.
        if (!TryReach(out bool isLate))
        {
            return true;
        }

        bool isHeld = SuspendedLocks.IsOn(State, acquisition);
        bool isOthers = isHeld && IsAnotherThreads;
        if (isHeld && !isOthers)
        {
            State.Leave();
        }

        LetGoOfHeld(isLate);
        return !isOthers;
    }

    private protected override bool IsHeldHere => State.Word.IsMine;

    private bool IsAnotherThreads => State.Thread is not 0 and long thread && thread != ThreadNumber.Current;

    private LockHandle Deepen()
    {
        State.Deepen();
        LockHandle handle = new(this, State.Acquisition, isAbandoned: false);
        GC.KeepAlive(this);
        return handle;
    }

    private LockHandle? Held(bool? taken, long thread)
    {
        LockHandle? handle = taken is { } isAbandoned
            ? new LockHandle(this, State.Begin(thread, isAbandoned), isAbandoned)
            : null;
        GC.KeepAlive(this);
        return handle;
    }

    private async ValueTask<LockHandle?> FinishAsync(ValueTask<bool?> taken) => Held(await taken.ConfigureAwait(false), thread: 0);

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"The lock was not free within {timeout} ({this}).");
}
