using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>
/// A flag that threads and tasks of any number of processes can wait for (Python: <c>multiprocessing.Event</c>). It stays
/// set until it is reset.
/// </summary>
/// <remarks>
/// Who waits when it is set comes through, also if it is reset right after. Looking costs a read; setting makes a system
/// call only when somebody waits. Nobody hangs because another waiter, or whoever was setting it, was killed.
/// </remarks>
[Picklable(typeof(SharedObjectPickler<InterprocessEvent>))]
public sealed class InterprocessEvent : SharedObject, ISharedObject<InterprocessEvent>
{
    /// <summary>An event that is not set, and that nobody else knows of yet.</summary>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessEvent()
        : this(SharedCell.Allocate(SharedKind.Event, EventWords.Size))
    {
    }

    private InterprocessEvent(SharedCell cell)
        : base(cell)
    {
    }

    /// <summary>The event of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <inheritdoc cref="InterprocessLock.OpenOrCreate" path="//param|//exception|//remarks"/>
    public static InterprocessEvent OpenOrCreate(string name, UnixFileMode mode = NamedCells.OwnerOnly) =>
        new(NamedCells.OpenOrCreate(SharedKind.Event, EventWords.Size, name, mode));

    /// <summary>The event of this name.</summary>
    /// <inheritdoc cref="InterprocessLock.Open" path="//exception|//param"/>
    public static InterprocessEvent Open(string name) =>
        new(NamedCells.Open(SharedKind.Event, EventWords.Size, name));

    static SharedKind ISharedObject<InterprocessEvent>.Kind => SharedKind.Event;

    /// <summary>Whether it is set. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The event was disposed.</exception>
    public bool IsSet
    {
        get
        {
            EnsureNotDisposed();
            bool isSet = EventWords.IsSet(Words.Sequence);
            GC.KeepAlive(this);
            return isSet;
        }
    }

    private unsafe EventWords Words => new(Cell.Payload);

    /// <summary>Sets it and lets all who wait through. Does nothing when it is set.</summary>
    /// <exception cref="ObjectDisposedException">The event was disposed.</exception>
    public void Set()
    {
        EnsureNotDisposed();
        Words.Set();
        GC.KeepAlive(this);
    }

    /// <summary>Who waits from now on waits for the next <see cref="Set"/>. Does nothing when it is not set.</summary>
    /// <exception cref="ObjectDisposedException">The event was disposed.</exception>
    public void Reset()
    {
        EnsureNotDisposed();
        Words.Reset();
        GC.KeepAlive(this);
    }

    /// <summary>Blocks until it is set.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">It was not set in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The event was disposed, maybe during the wait.</exception>
    public void Wait(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TryWait(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Completes when it is set, without blocking a thread.</summary>
    /// <inheritdoc cref="Wait"/>
    public async ValueTask WaitAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TryWaitAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Waits until it is set, or the time is over.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The event was disposed, maybe during the wait.</exception>
    public bool TryWait(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        Deadline deadline = Deadline.In(timeout);
        cancellationToken.ThrowIfCancellationRequested();
        bool isSet = LookFor(deadline, out int sequence)
            ?? BlockingWait.Run(new EventWait(this, Words, sequence), deadline, cancellationToken);
        GC.KeepAlive(this);
        return isSet;
    }

    /// <inheritdoc cref="TryWait"/>
    public ValueTask<bool> TryWaitAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        Deadline deadline = Deadline.In(timeout);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return LookFor(deadline, out int sequence) is { } isSet
            ? new ValueTask<bool>(isSet)
            : new ValueTask<bool>(AsyncWaits.Run(new EventWait(this, Words, sequence), deadline, cancellationToken));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string state = Cell.IsDisposed ? "disposed" : EventWords.IsSet(Words.Sequence) ? "set" : "not set";
        GC.KeepAlive(this);
        return $"{nameof(InterprocessEvent)} ({state})";
    }

    static InterprocessEvent ISharedObject<InterprocessEvent>.FromCell(SharedCell cell) => cell.Length == EventWords.Size
        ? new InterprocessEvent(cell)
        : throw new InvalidDataException($"An event of {cell.Length} bytes is none of this version of Cohort.");

    /// <summary>Whether it is set, now or after a short spin; null when it has to be waited for, from this sequence on.</summary>
    private bool? LookFor(Deadline deadline, out int sequence)
    {
        EventWords words = Words;
        sequence = words.Sequence;
        bool isSet = EventWords.IsSet(sequence);
        if (!isSet && deadline.HasPassed)
        {
            return false;
        }

        ShortSpin spin = new();
        while (!isSet && spin.TrySpin())
        {
            isSet = words.Sequence != sequence;
        }

        GC.KeepAlive(this);
        return isSet ? true : null;
    }

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"The event was not set within {timeout} ({this}).");
}
