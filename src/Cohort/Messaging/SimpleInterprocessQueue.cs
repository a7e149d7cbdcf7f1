using System.Diagnostics.CodeAnalysis;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// A first-in first-out queue between processes with the least that one needs: no limit, nothing to join (Python:
/// <c>multiprocessing.SimpleQueue</c>). Putting never waits.
/// </summary>
/// <typeparam name="T">The items' type.</typeparam>
/// <remarks>As to crashes and memory it is an <see cref="InterprocessQueue{T}"/>.</remarks>
[Picklable(typeof(SimpleInterprocessQueue<>.Pickler))]
public sealed class SimpleInterprocessQueue<T> : SharedObject, ISharedObject<SimpleInterprocessQueue<T>>
{
    private readonly QueueCore _core;
    private readonly ItemChannel<T> _items;

    /// <summary>An empty queue.</summary>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public SimpleInterprocessQueue()
        : this(QueueCore.Allocate(SharedKind.SimpleQueue, null, null))
    {
    }

    private SimpleInterprocessQueue(SharedCell cell)
        : base(cell)
    {
        _core = new QueueCore(this) { PutsWaitForOthers = true };
        _items = new ItemChannel<T>(_core);
    }

    static SharedKind ISharedObject<SimpleInterprocessQueue<T>>.Kind => SharedKind.SimpleQueue;

    /// <summary>Whether no item waits.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public bool IsEmpty => _core.Count == 0;

    /// <summary>Puts an item at the end. Waits only for a process that is in the middle of putting another.</summary>
    /// <param name="item">The item. It is copied.</param>
    /// <exception cref="ArgumentException">The item alone is larger than <see cref="QueueOptions.DefaultMemoryLimit"/>.</exception>
    /// <exception cref="PickleException">Something in the item cannot travel.</exception>
    /// <exception cref="IOException">More than <see cref="QueueOptions.DefaultMemoryLimit"/> bytes wait already.</exception>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public void Put(T item)
    {
        if (!_items.Put(item, default, CancellationToken.None))
        {
            throw new IOException($"The queue holds as much as it can ({this}).");
        }
    }

    /// <summary>Takes the first item. Blocks while the queue is empty.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <inheritdoc cref="QueueBase{T}.Get" path="//exception[not(@cref='T:Cohort.Messaging.QueueEmptyException') and not(@cref='T:System.IO.EndOfStreamException') and not(@cref='T:System.ArgumentOutOfRangeException')]"/>
    public T Get(CancellationToken cancellationToken = default)
    {
        _items.Take(out T? item, null, Deadline.Never, cancellationToken);
        return item!;
    }

    /// <summary>Takes the first item, without blocking a thread while the queue is empty.</summary>
    /// <inheritdoc cref="Get"/>
    public async ValueTask<T> GetAsync(CancellationToken cancellationToken = default) =>
        (await _items.TakeAsync(null, Deadline.Never, cancellationToken).ConfigureAwait(false)).Item!;

    /// <summary>Takes the first item if there is one, or comes to be in time.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <inheritdoc cref="Get" path="//exception"/>
    public bool TryGet([MaybeNullWhen(false)] out T item, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _items.Take(out item, null, Deadline.In(timeout), cancellationToken) == Taking.Taken;

    /// <inheritdoc cref="TryGet"/>
    public async ValueTask<Received<T>> TryGetAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        (Taking taking, T? item) = await _items.TakeAsync(null, Deadline.In(timeout), cancellationToken).ConfigureAwait(false);
        return taking == Taking.Taken ? new Received<T>(item!) : default;
    }

    /// <summary>What it is, and how many items wait.</summary>
    public override string ToString() => $"{TypeDisplay.Of(GetType())} ({(Cell.IsDisposed ? "disposed" : $"{_core.Count} items")})";

    static SimpleInterprocessQueue<T> ISharedObject<SimpleInterprocessQueue<T>>.FromCell(SharedCell cell) =>
        new(QueueCore.Checked(cell));

    internal sealed class Pickler : SharedObjectPickler<SimpleInterprocessQueue<T>>
    {
    }
}
