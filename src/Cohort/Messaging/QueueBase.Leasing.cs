using Cohort.Utils;

namespace Cohort.Messaging;

public abstract partial class QueueBase<T>
{
    /// <summary>
    /// Takes the first item for as long as this process works on it: if it ends before <see cref="QueueLease{T}.Complete"/>,
    /// another gets the item. So each item is worked on at least once. Blocks while the queue is empty.
    /// </summary>
    /// <returns>The item: complete it, and dispose it.</returns>
    /// <inheritdoc cref="Get"/>
    public QueueLease<T> Lease(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        LeasedItem place = new();
        Taking taking = _items.Take(out T? item, place, Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken);
        return new QueueLease<T>(Core, place, Taken(taking, item, timeout));
    }

    /// <summary>As <see cref="Lease"/>, without blocking a thread while the queue is empty.</summary>
    /// <inheritdoc cref="Lease"/>
    public async ValueTask<QueueLease<T>> LeaseAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        LeasedItem place = new();
        (Taking taking, T? item) = await _items.TakeAsync(
            place, Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken).ConfigureAwait(false);
        return new QueueLease<T>(Core, place, Taken(taking, item, timeout));
    }

    /// <summary>As <see cref="Lease"/>, if there is an item, or comes to be in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The item, or null.</returns>
    /// <inheritdoc cref="TryGet" path="//exception"/>
    public QueueLease<T>? TryLease(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        LeasedItem place = new();
        return _items.Take(out T? item, place, Deadline.In(timeout), cancellationToken) == Taking.Taken
            ? new QueueLease<T>(Core, place, item!)
            : null;
    }

    /// <inheritdoc cref="TryLease"/>
    public async ValueTask<QueueLease<T>?> TryLeaseAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        LeasedItem place = new();
        (Taking taking, T? item) = await _items.TakeAsync(place, Deadline.In(timeout), cancellationToken).ConfigureAwait(false);
        return taking == Taking.Taken ? new QueueLease<T>(Core, place, item!) : null;
    }
}
