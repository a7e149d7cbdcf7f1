using System.Runtime.CompilerServices;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>
/// A lock for threads and tasks of any number of processes (Python: <c>multiprocessing.Lock</c>). Not recursive, and not
/// tied to a thread: it may be held across <c>await</c>, and released on another thread or even by another process.
/// </summary>
/// <remarks>
/// When the process that holds it ends, however it ends, a waiter gets the lock within 100 ms and is told by
/// <see cref="LockHandle.Abandoned"/>. Waiters are not served in order. Free, it costs one atomic instruction each way.
/// </remarks>
[Picklable(typeof(SharedObjectPickler<InterprocessLock>))]
public sealed partial class InterprocessLock : SharedObject, ISharedObject<InterprocessLock>, IConditionLock
{
    /// <summary>A free lock that nobody else knows of yet.</summary>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessLock()
        : this(SharedCell.Allocate(SharedKind.Lock, LockState.Size))
    {
    }

    private InterprocessLock(SharedCell cell)
        : base(cell)
    {
    }

    /// <summary>The lock of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <remarks>The name lasts until <see cref="SharedObject.Unlink"/> or a restart of the machine.</remarks>
    /// <param name="name">Up to 248 bytes of UTF-8 without a slash.</param>
    /// <param name="mode">Who may open it, if it is new: by default only this user.</param>
    /// <exception cref="ArgumentException">The name cannot be one, or the mode has other bits than permissions.</exception>
    /// <exception cref="InvalidDataException">Something else has this name.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions keep this user out.</exception>
    /// <exception cref="IOException">
    /// The system has no memory or no descriptor left, or what has this name was made in another PID namespace (container).
    /// </exception>
    public static InterprocessLock OpenOrCreate(string name, UnixFileMode mode = NamedCells.OwnerOnly) =>
        new(NamedCells.OpenOrCreate(SharedKind.Lock, LockState.Size, name, mode));

    /// <summary>The lock of this name.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <inheritdoc cref="OpenOrCreate" path="//exception|//param[@name='name']"/>
    public static InterprocessLock Open(string name) => new(NamedCells.Open(SharedKind.Lock, LockState.Size, name));

    static SharedKind ISharedObject<InterprocessLock>.Kind => SharedKind.Lock;

    /// <summary>Whether anybody holds it. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public bool IsHeld => OwnerProcessId is not null;

    /// <summary>The process that acquired it, if it is held; it may have died since.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public int? OwnerProcessId
    {
        get
        {
            EnsureNotDisposed();
            int owner = Word.Owner;
            GC.KeepAlive(this);
            return owner == 0 ? null : owner;
        }
    }

    unsafe LockState IConditionLock.State => new(Cell.Payload);

    SharedObject IConditionLock.Object => this;

    // Whoever in this process holds it: it knows no threads.
    bool IConditionLock.IsHeldByCaller => Word.IsMine;

    private LockState State => ((IConditionLock)this).State;

    private OwnedWord Word => State.Word;

    /// <summary>Blocks until the lock is free and takes it.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not free in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle Acquire(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        // The free lock first: what follows costs as much as taking it.
        EnsureNotDisposed();
        if (timeout is null && !cancellationToken.IsCancellationRequested && Word.TryTake())
        {
            LockCore.GiveBackIfDisposed(this, Word);
            return NewHandle(isAbandoned: false);
        }

        return TryAcquire(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken) ?? throw TimedOut(timeout);
    }

    /// <summary>Takes the lock when it is free, without blocking a thread.</summary>
    /// <inheritdoc cref="Acquire"/>
    public async ValueTask<LockHandle> AcquireAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await TryAcquireAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false) ?? throw TimedOut(timeout);

    /// <summary>Takes the lock if it is free, or becomes so in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release; or null.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed, maybe during the wait.</exception>
    public LockHandle? TryAcquire(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return Held(LockCore.Take(this, Word, Deadline.In(timeout), cancellationToken));
    }

    /// <inheritdoc cref="TryAcquire"/>
    public ValueTask<LockHandle?> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        ValueTask<bool?> taken = LockCore.TakeAsync(this, Word, Deadline.In(timeout), cancellationToken);
        return taken.IsCompletedSuccessfully ? new ValueTask<LockHandle?>(Held(taken.Result)) : FinishAsync(taken);
    }

    /// <summary>Releases the lock, whoever holds it (as Python's: the process that releases need not be the one that acquired).</summary>
    /// <exception cref="SynchronizationLockException">Nobody holds it.</exception>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public void Release()
    {
        EnsureNotDisposed();
        bool wasHeld = State.End();
        GC.KeepAlive(this);
        if (!wasHeld)
        {
            throw new SynchronizationLockException("The lock was released and is not held.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Cell.IsDisposed ? $"{nameof(InterprocessLock)} (disposed)" : $"{nameof(InterprocessLock)} ({Word.Describe()})";

    static InterprocessLock ISharedObject<InterprocessLock>.FromCell(SharedCell cell) => cell.Length == LockState.Size
        ? new InterprocessLock(cell)
        : throw new InvalidDataException($"A lock of {cell.Length} bytes is none of this version of Cohort.");

    bool ILockState.TryRelease(long acquisition)
    {
        // The usual case first: what follows costs as much as releasing.
        if (!Cell.IsDisposed && State.Acquisition == acquisition)
        {
            State.End();
            GC.KeepAlive(this);
        }
        else
        {
            ReleaseOtherwise(acquisition);
        }

        return true;
    }

    private protected override bool IsHeldHere => Word.IsMine;

    /// <summary>Disposed meanwhile, or given up for a while; or released, and maybe acquired by somebody else, which is not ours to release.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseOtherwise(long acquisition)
    {
        if (TryReach(out bool isLate))
        {
            if (SuspendedLocks.IsOn(State, acquisition))
            {
                State.End();
            }

            LetGoOfHeld(isLate);
        }
    }

    private LockHandle? Held(bool? taken) => taken is { } isAbandoned ? NewHandle(isAbandoned) : null;

    private LockHandle NewHandle(bool isAbandoned)
    {
        LockHandle handle = new(this, State.Begin(thread: 0, isAbandoned), isAbandoned);
        GC.KeepAlive(this);
        return handle;
    }

    private async ValueTask<LockHandle?> FinishAsync(ValueTask<bool?> taken) => Held(await taken.ConfigureAwait(false));

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"The lock was not free within {timeout} ({this}).");
}
