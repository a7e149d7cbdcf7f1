using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Messaging;

public abstract partial class QueueBase<T>
{
    /// <summary>Puts an item at the end. Blocks while the queue is full.</summary>
    /// <param name="item">The item. It is copied: what is changed in it later stays here.</param>
    /// <param name="timeout">How long to wait for room at most; null waits without end, zero not at all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QueueFullException">There was no room in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled. Nothing was put.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="PickleException">Something in the item cannot travel.</exception>
    /// <exception cref="ArgumentException">The item is larger than <see cref="QueueOptions.MemoryLimit"/>.</exception>
    /// <exception cref="InvalidOperationException"><see cref="CompleteAdding"/> was called, here or elsewhere.</exception>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process, maybe during the wait.</exception>
    public void Put(T item, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TryPut(item, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw Full(timeout);
        }
    }

    /// <summary>Puts an item at the end, without blocking a thread while the queue is full.</summary>
    /// <inheritdoc cref="Put"/>
    public async ValueTask PutAsync(T item, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TryPutAsync(item, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw Full(timeout);
        }
    }

    /// <summary>Puts an item at the end if there is room, or comes to be in time.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeout">How long to wait for room at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was put.</returns>
    /// <inheritdoc cref="Put" path="//exception[not(@cref='T:Cohort.Messaging.QueueFullException')]"/>
    public bool TryPut(T item, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _items.Put(item, Deadline.In(timeout), cancellationToken);

    /// <inheritdoc cref="TryPut"/>
    public ValueTask<bool> TryPutAsync(T item, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _items.PutAsync(item, Deadline.In(timeout), cancellationToken);
}
