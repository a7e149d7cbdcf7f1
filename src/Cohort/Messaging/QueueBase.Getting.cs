using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Messaging;

public abstract partial class QueueBase<T>
{
    /// <summary>Takes the first item. Blocks while the queue is empty.</summary>
    /// <param name="timeout">How long to wait for an item at most; null waits without end, zero not at all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QueueEmptyException">There was no item in time.</exception>
    /// <exception cref="EndOfStreamException">None is left, and adding was completed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled. Nothing was taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="PickleException">The item cannot be read here. It is gone.</exception>
    /// <exception cref="CohortException">Something in the item is gone with its sender. The item is gone too.</exception>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process, maybe during the wait.</exception>
    public T Get(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Taken(_items.Take(out T? item, null, Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken), item, timeout);

    /// <summary>Takes the first item, without blocking a thread while the queue is empty.</summary>
    /// <inheritdoc cref="Get"/>
    public async ValueTask<T> GetAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        (Taking taking, T? item) = await _items.TakeAsync(
            null, Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken).ConfigureAwait(false);
        return Taken(taking, item, timeout);
    }

    /// <summary>Takes the first item if there is one, or comes to be in time.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one. Does not wait for one when adding was completed.</returns>
    /// <inheritdoc cref="Get" path="//exception[not(@cref='T:Cohort.Messaging.QueueEmptyException') and not(@cref='T:System.IO.EndOfStreamException')]"/>
    public bool TryGet([MaybeNullWhen(false)] out T item, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _items.Take(out item, null, Deadline.In(timeout), cancellationToken) == Taking.Taken;

    /// <inheritdoc cref="TryGet"/>
    public async ValueTask<Received<T>> TryGetAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        (Taking taking, T? item) = await _items.TakeAsync(null, Deadline.In(timeout), cancellationToken).ConfigureAwait(false);
        return taking == Taking.Taken ? new Received<T>(item!) : default;
    }

    /// <summary>Takes items as they come, until none is left and adding was completed.</summary>
    /// <inheritdoc cref="Get" path="//param[@name='cancellationToken']|//exception[not(@cref='T:Cohort.Messaging.QueueEmptyException') and not(@cref='T:System.IO.EndOfStreamException') and not(@cref='T:System.ArgumentOutOfRangeException')]"/>
    public async IAsyncEnumerable<T> GetAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await _items.TakeAsync(null, Deadline.Never, cancellationToken).ConfigureAwait(false) is (Taking.Taken, var item))
        {
            yield return item!;
        }
    }

    /// <inheritdoc cref="GetAllAsync"/>
    public IEnumerable<T> GetAll(CancellationToken cancellationToken = default)
    {
        while (_items.Take(out T? item, null, Deadline.Never, cancellationToken) == Taking.Taken)
        {
            yield return item!;
        }
    }

    private T Taken(Taking taking, T? item, TimeSpan? timeout) => taking switch
    {
        Taking.Taken => item!,
        Taking.Ended => throw Ended(),
        _ => throw Empty(timeout),
    };
}
