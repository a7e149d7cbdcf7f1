using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>
/// A lock for threads and tasks of any number of processes that many can hold to read, or one to write (Python has none).
/// Not tied to a thread: it may be held across <c>await</c> and released on another thread.
/// </summary>
/// <remarks>
/// <para>
/// Writers come first: as soon as one waits, new readers wait until it is done. So a reader must not acquire it to read
/// once more, as a writer that came in between waits for the first, and the second for the writer; and a reader cannot
/// become a writer. Readers cost one atomic instruction each way and do not disturb those of other processes.
/// </para>
/// <para>
/// A process that ends while it reads keeps nobody out for longer than 100 ms. When one ends while it writes, what the lock
/// protects may be half changed: everybody who gets the lock from then on is told by <see cref="LockHandle.Abandoned"/>,
/// readers too, up to and with the next writer, whose release makes it good.
/// </para>
/// <para>At most 64 processes can have read under one lock and still run.</para>
/// </remarks>
[Picklable(typeof(SharedObjectPickler<InterprocessReaderWriterLock>))]
public sealed partial class InterprocessReaderWriterLock
    : SharedObject, ISharedObject<InterprocessReaderWriterLock>, ILockState
{
    private const long Reading = 2;
    private const long Writing = 1;

    /// <summary>Where this process counts its readers; -1 when it has not read yet.</summary>
    private int _slot = -1;

    /// <summary>A free lock that nobody else knows of yet.</summary>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessReaderWriterLock()
        : this(SharedCell.Allocate(SharedKind.ReaderWriterLock, ReaderWriterWords.Size))
    {
    }

    private InterprocessReaderWriterLock(SharedCell cell)
        : base(cell)
    {
    }

    static SharedKind ISharedObject<InterprocessReaderWriterLock>.Kind => SharedKind.ReaderWriterLock;

    /// <summary>Whether a writer has it. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public bool IsWriteHeld
    {
        get
        {
            EnsureNotDisposed();
            bool isHeld = Words.IsUnfinished && !Words.Writer.IsFree;
            GC.KeepAlive(this);
            return isHeld;
        }
    }

    /// <summary>How many readers have it, in all processes that run. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The lock was disposed.</exception>
    public int ReaderCount
    {
        get
        {
            EnsureNotDisposed();
            int count = Words.ReaderCount;
            GC.KeepAlive(this);
            return count;
        }
    }

    private unsafe ReaderWriterWords Words => new(Cell.Payload);

    /// <summary>The lock of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <inheritdoc cref="InterprocessLock.OpenOrCreate" path="//param|//exception|//remarks"/>
    public static InterprocessReaderWriterLock OpenOrCreate(string name, UnixFileMode mode = NamedCells.OwnerOnly) =>
        new(NamedCells.OpenOrCreate(SharedKind.ReaderWriterLock, ReaderWriterWords.Size, name, mode));

    /// <summary>The lock of this name.</summary>
    /// <inheritdoc cref="InterprocessLock.Open" path="//exception|//param"/>
    public static InterprocessReaderWriterLock Open(string name) =>
        new(NamedCells.Open(SharedKind.ReaderWriterLock, ReaderWriterWords.Size, name));

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Cell.IsDisposed)
        {
            return $"{nameof(InterprocessReaderWriterLock)} (disposed)";
        }

        string state = Words.Writer.IsFree ? $"{Words.ReaderCount} readers" : $"written, or about to be, by process {Words.Writer.Owner}";
        GC.KeepAlive(this);
        return $"{nameof(InterprocessReaderWriterLock)} ({state})";
    }

    static InterprocessReaderWriterLock ISharedObject<InterprocessReaderWriterLock>.FromCell(SharedCell cell) =>
        cell.Length == ReaderWriterWords.Size
            ? new InterprocessReaderWriterLock(cell)
            : throw new InvalidDataException($"A reader-writer lock of {cell.Length} bytes is none of this version of Cohort.");

    bool ILockState.TryRelease(long acquisition)
    {
        if (!TryReach(out bool isLate))
        {
            return true;
        }

        if (acquisition == Writing)
        {
            Words.EndWrite();
        }
        else
        {
            Words.LeaveRead(_slot);
        }

        LetGoOfHeld(isLate);
        return true;
    }

    private protected override bool IsHeldHere =>
        Words.Writer.IsMine || (Volatile.Read(ref _slot) is >= 0 and int slot && Words.HasReadersOf(slot));

    private int Slot
    {
        get
        {
            EnsureNotDisposed();
            int slot = Volatile.Read(ref _slot);
            if (slot < 0)
            {
                // A slot that is taken in memory that goes meanwhile is lost to all for as long as this process runs.
                ObjectDisposedException.ThrowIf(!Cell.TryHold(), this);
                try
                {
                    slot = Words.FindSlot();
                    Volatile.Write(ref _slot, slot);
                }
                finally
                {
                    Cell.LetGo();
                }
            }

            GC.KeepAlive(this);
            return slot;
        }
    }

    private LockHandle? ReadHandle(bool isIn)
    {
        LockHandle? handle = isIn ? new LockHandle(this, Reading, Words.IsUnfinished) : null;
        GC.KeepAlive(this);
        return handle;
    }

    private LockHandle? WriteHandle(bool isIn)
    {
        LockHandle? handle = isIn ? new LockHandle(this, Writing, Words.BeginWrite()) : null;
        GC.KeepAlive(this);
        return handle;
    }

    private TimeoutException TimedOut(string purpose, TimeSpan? timeout) =>
        new($"The lock could not be had to {purpose} within {timeout} ({this}).");
}
