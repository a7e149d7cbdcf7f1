using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Messaging;

/// <summary>What all queues with items to be leased have: putting, getting, and how full they are.</summary>
/// <typeparam name="T">The items' type.</typeparam>
public abstract partial class QueueBase<T> : SharedObject
{
    private readonly ItemChannel<T> _items;

    private protected QueueBase(SharedCell cell)
        : base(cell)
    {
        Core = new QueueCore(this);
        _items = new ItemChannel<T>(Core);
    }

    /// <summary>How many items may wait at most; null: as many as there is memory for.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
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

    private QueueFullException Full(TimeSpan? timeout) => new($"There was no room in the queue within {timeout} ({this}).");

    private QueueEmptyException Empty(TimeSpan? timeout) => new($"No item was in the queue within {timeout} ({this}).");

    private EndOfStreamException Ended() => new($"The queue is empty, and nothing more is put into it ({this}).");
}
