using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>
/// Lets threads and tasks of any number of processes wait until another has changed what a lock protects (Python:
/// <c>multiprocessing.Condition</c>).
/// </summary>
/// <remarks>
/// <para>
/// Whoever waits or notifies has to hold the lock. A wait gives it up completely, however often it was acquired, and has it
/// back as it was when it ends, in whatever way: only if the lock was disposed meanwhile is it not held. Being notified says
/// that something has changed, so a wait stands in a loop, or is a <see cref="WaitFor"/>.
/// </para>
/// <para>
/// A notification ends as many waits as it says, of those that have begun; it is lost when there are none. Which of them is
/// not settled, also not between notifications: before a wait that was notified has gone on, another one that began after
/// that notification may, at the next one, take its place. As many waits end as were notified, so the one left out goes on with
/// a later notification. Only after a process was killed may a wait end without having been notified.
/// </para>
/// <para>
/// How the holder is told: code that blocks holds the lock by its thread (an <see cref="InterprocessRecursiveLock"/>) or by
/// its process (an <see cref="InterprocessLock"/>), and says nothing. Code that awaits holds it by the
/// <see cref="LockHandle"/> that <see cref="AcquireAsync"/> gave, and shows that to <see cref="WaitAsync"/> and
/// <see cref="Notify"/>; the handle is good again when the wait has ended.
/// </para>
/// <para>
/// A process may be killed while it holds the lock, also in the middle of notifying. Whoever gets the lock then, by acquiring
/// it or by a wait that this ends as if notified, finds <see cref="Abandoned"/> true. It should put what the lock protects in
/// order, notify all, since notifications may have died with that process, and <see cref="ClearAbandoned"/>. A predicate can
/// ask too. Waits of processes that died hold nothing up.
/// </para>
/// <para>
/// The condition travels together with its lock. Several conditions can share a lock, and those that travel in one message
/// share one object for it there too. Disposing a condition leaves a lock alone that was given to it.
/// </para>
/// </remarks>
[Picklable(typeof(ConditionPickler))]
public sealed partial class InterprocessCondition : SharedObject
{
    /// <summary>Of a condition with a name: its lock has the same one, and lies behind it.</summary>
    private static readonly CellShape[] s_shapes =
    [
        new(SharedKind.Condition, ConditionState.Size),
        new(SharedKind.RecursiveLock, LockState.Size),
    ];

    private readonly IConditionLock _lock;

    /// <summary>A condition with an <see cref="InterprocessRecursiveLock"/> of its own, which is disposed with it.</summary>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessCondition()
        : this(new InterprocessRecursiveLock(), ownsLock: true, NewCell())
    {
    }

    /// <summary>A condition of what this lock protects.</summary>
    /// <param name="lock">The lock, which other conditions may use as well.</param>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessCondition(InterprocessRecursiveLock @lock)
        : this(NotNull(@lock), ownsLock: false, NewCell())
    {
    }

    /// <inheritdoc cref="InterprocessCondition(InterprocessRecursiveLock)"/>
    public InterprocessCondition(InterprocessLock @lock)
        : this(NotNull(@lock), ownsLock: false, NewCell())
    {
    }

    /// <summary>The condition of this name with a lock of its own, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <inheritdoc cref="InterprocessLock.OpenOrCreate" path="//param|//exception|//remarks"/>
    public static InterprocessCondition OpenOrCreate(string name, UnixFileMode mode = NamedCells.OwnerOnly) =>
        WithOwnLock(NamedCells.OpenOrCreate(s_shapes, name, mode, initialize: null));

    /// <summary>The condition of this name, with a lock of its own.</summary>
    /// <inheritdoc cref="InterprocessLock.Open" path="//exception|//param"/>
    public static InterprocessCondition Open(string name) => WithOwnLock(NamedCells.Open(s_shapes, name));

    /// <exception cref="InvalidDataException">What lies in the cell is no condition of this version.</exception>
    internal InterprocessCondition(IConditionLock @lock, bool ownsLock, SharedCell cell)
        : base(cell)
    {
        if (cell.Length != ConditionState.Size)
        {
            throw new InvalidDataException($"A condition of {cell.Length} bytes is none of this version of Cohort.");
        }

        _lock = @lock;
        OwnsLock = ownsLock;
    }

    /// <summary>Its lock, if that is a recursive one; else null.</summary>
    public InterprocessRecursiveLock? RecursiveLock => _lock as InterprocessRecursiveLock;

    /// <summary>Its lock, if that is not recursive; else null.</summary>
    public InterprocessLock? Lock => _lock as InterprocessLock;

    /// <summary>
    /// For the holder of the lock: whether it got the lock from a process that ended without releasing it, when it acquired the
    /// lock (as <see cref="LockHandle.Abandoned"/>) or at the end of a wait since, and has not cleared it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed.</exception>
    public bool Abandoned
    {
        get
        {
            EnsureUsable();
            bool isAbandoned = _lock.State.IsAbandoned;
            GC.KeepAlive(this);
            return isAbandoned;
        }
    }

    /// <summary>Whether the lock goes with the condition.</summary>
    internal bool OwnsLock { get; }

    private unsafe ConditionState State => new(Cell.Payload);

    /// <summary>Acquires the lock: <see cref="InterprocessRecursiveLock.Acquire"/> or <see cref="InterprocessLock.Acquire"/>.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not free in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed.</exception>
    public LockHandle Acquire(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        EnsureUsable();
        return _lock.Acquire(timeout, cancellationToken);
    }

    /// <summary>Acquires the lock for the handle that comes back, without blocking a thread.</summary>
    /// <inheritdoc cref="Acquire"/>
    public ValueTask<LockHandle> AcquireAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        EnsureUsable();
        return _lock.AcquireAsync(timeout, cancellationToken);
    }

    /// <summary>Acquires the lock if it is free, or becomes so in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, held: dispose it to release; or null.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed.</exception>
    public LockHandle? TryAcquire(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureUsable();
        return _lock.TryAcquire(timeout, cancellationToken);
    }

    /// <summary>Acquires the lock for the handle that comes back if it is free, or becomes so in time, without blocking a thread.</summary>
    /// <inheritdoc cref="TryAcquire"/>
    public ValueTask<LockHandle?> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureUsable();
        return _lock.TryAcquireAsync(timeout, cancellationToken);
    }

    /// <summary>Releases the lock: <see cref="InterprocessRecursiveLock.Release"/> or <see cref="InterprocessLock.Release"/>.</summary>
    /// <exception cref="SynchronizationLockException">It is not held, or not by the caller.</exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed.</exception>
    public void Release()
    {
        EnsureUsable();
        _lock.Release();
    }

    /// <summary>The holder of the lock has put things in order: <see cref="Abandoned"/> is false until it happens again.</summary>
    /// <param name="held">The handle that holds the lock, where it was acquired by <see cref="AcquireAsync"/>.</param>
    /// <exception cref="SynchronizationLockException">The caller does not hold the lock.</exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed.</exception>
    public void ClearAbandoned(LockHandle? held = null)
    {
        EnsureHeld(held);
        _lock.State.ClearAbandoned();
        GC.KeepAlive(this);
    }

    /// <summary>Ends waits, up to a number. They go on when the lock is released; this does not block until then.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="held">The handle that holds the lock, where it was acquired by <see cref="AcquireAsync"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="SynchronizationLockException">The caller does not hold the lock.</exception>
    /// <exception cref="ObjectDisposedException">The condition or its lock was disposed.</exception>
    public void Notify(int count = 1, LockHandle? held = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        EnsureHeld(held);
        State.Notify(count);
        GC.KeepAlive(this);
    }

    /// <summary>Ends all waits that have begun.</summary>
    /// <inheritdoc cref="Notify" path="/param[@name='held']|/exception[not(contains(@cref, 'ArgumentOutOfRange'))]"/>
    public void NotifyAll(LockHandle? held = null) => Notify(int.MaxValue, held);

    /// <inheritdoc/>
    public override string ToString() => Cell.IsDisposed
        ? $"{nameof(InterprocessCondition)} (disposed)"
        : $"{nameof(InterprocessCondition)} ({_lock.Object})";

    /// <summary>Writes the condition after its lock, so that in one message a lock comes once for all its conditions.</summary>
    internal void Write(PickleWriter writer)
    {
        writer.Write(RecursiveLock);
        writer.Write(Lock);
        writer.WriteBoolean(OwnsLock);
        Cell.Write(writer);
    }

    private protected override void DisposeParts()
    {
        if (OwnsLock)
        {
            _lock.Object.Dispose();
        }
    }

    private static SharedCell NewCell() => SharedCell.Allocate(SharedKind.Condition, ConditionState.Size);

    private static InterprocessCondition WithOwnLock(SharedCell[] cells) =>
        new(InterprocessRecursiveLock.FromCell(cells[1]), ownsLock: true, cells[0]);

    private static T NotNull<T>(T @lock)
    {
        ArgumentNullException.ThrowIfNull(@lock);
        return @lock;
    }

    private void EnsureUsable()
    {
        EnsureNotDisposed();
        ObjectDisposedException.ThrowIf(_lock.Object.Cell.IsDisposed, _lock.Object);
    }

    private void EnsureHeld(LockHandle? held)
    {
        EnsureUsable();
        if (held is null ? _lock.IsHeldByCaller : held.IsOf(_lock) && (_lock.State.Thread == 0 || _lock.IsHeldByCaller))
        {
            return;
        }

        throw new SynchronizationLockException(held is not null
            ? $"The handle does not hold the condition's lock ({_lock.Object})."
            : "Waiting and notifying need the condition's lock, and this thread does not hold it; " +
              $"where {nameof(AcquireAsync)} acquired it, show the handle ({_lock.Object}).");
    }
}
