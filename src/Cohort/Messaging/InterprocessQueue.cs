using System.Diagnostics.CodeAnalysis;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// A first-in first-out queue that any number of threads of any number of processes put items into and take them from
/// (Python: <c>multiprocessing.Queue</c>).
/// </summary>
/// <typeparam name="T">The items' type: what the codec carries, shared objects and handles included.</typeparam>
/// <remarks>
/// <para>
/// An item is in the queue when <see cref="Put"/> returns: there is no feeder thread, so what cannot be encoded fails there, a
/// producer may end right after it, and nobody has to be joined in any order. Items lie in shared memory, which grows as
/// needed and is gone with the last process that has the queue open.
/// </para>
/// <para>
/// A producer that is killed has put each of its items or has not; a consumer that is killed takes the item along that it had
/// just got, and nothing else. Where that is too much, <see cref="Lease"/> takes an item that goes to somebody else if this
/// process ends before it says that the item is done.
/// </para>
/// <para>
/// Connections, sockets and handles in an item stay open in the process that put it until the item is taken, and are lost if
/// that process ends before. They are let go of when the queue is dropped with the item, if this process is the last to
/// dispose it and none that had it was killed; otherwise nobody can tell it, and they stay open until it ends.
/// Whoever takes such an item takes them with it: a lease that is given back does not bring them again.
/// </para>
/// </remarks>
[Picklable(typeof(InterprocessQueue<>.Pickler))]
public partial class InterprocessQueue<T> : SharedObject, ISharedObject<InterprocessQueue<T>>
{
    private readonly ItemChannel<T> _items;

#pragma warning disable RS0022 // Deriving from it gives no access to anything: all that is protected is private to this assembly.
    /// <summary>An empty queue.</summary>
    /// <param name="capacity">How many items may wait at most; null for no limit.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not positive, or a setting is out of its range.</exception>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public InterprocessQueue(int? capacity = null, QueueOptions? options = null)
        : this(QueueCore.Allocate(SharedKind.Queue, capacity, options))
    {
    }
#pragma warning restore RS0022

    private protected InterprocessQueue(SharedCell cell)
        : base(cell)
    {
        Core = new QueueCore(this);
        _items = new ItemChannel<T>(Core);
    }

    static SharedKind ISharedObject<InterprocessQueue<T>>.Kind => SharedKind.Queue;

    /// <summary>How many items may wait at most; null: as many as there is memory for.</summary>
    public int? Capacity => Core.Capacity;

    /// <summary>How many items wait. Others may change that at any time.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public int Count => (int)Math.Min(Core.Count, int.MaxValue);

    /// <summary>Whether no item waits.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public bool IsEmpty => Core.Count == 0;

    /// <summary>Whether as many items wait as may.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public bool IsFull => Core.Count >= (Capacity ?? long.MaxValue);

    /// <summary>Whether some process has said that nothing more is to be put.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public bool IsAddingCompleted => Core.IsAddingCompleted;

    private protected QueueCore Core { get; }

    /// <summary>
    /// Says, for all processes, that nothing more is to be put (Python 3.13: <c>shutdown</c>). Whoever takes items gets what is
    /// left, and then the news that there will be none. Idempotent.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public void CompleteAdding() => Core.CompleteAdding();

    /// <summary>What it is, and how many items wait.</summary>
    public override string ToString() =>
        $"{TypeDisplay.Of(GetType())} ({(Cell.IsDisposed ? "disposed" : Capacity is { } capacity ? $"{Count} of {capacity} items" : $"{Count} items")})";

    static InterprocessQueue<T> ISharedObject<InterprocessQueue<T>>.FromCell(SharedCell cell) => new(QueueCore.Checked(cell));

    private QueueFullException Full(TimeSpan? timeout) => new($"There was no room in the queue within {timeout} ({this}).");

    private QueueEmptyException Empty(TimeSpan? timeout) => new($"No item was in the queue within {timeout} ({this}).");

    private EndOfStreamException Ended() => new($"The queue is empty, and nothing more is put into it ({this}).");

    internal sealed class Pickler : SharedObjectPickler<InterprocessQueue<T>>
    {
    }
}
