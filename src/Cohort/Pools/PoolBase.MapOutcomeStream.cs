using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>One function, items as they come, an outcome for each as it comes.</summary>
public abstract partial class PoolBase
{
    /// <summary>
    /// Applies a function to items that are read as outcomes are taken. An item that fails, or whose worker dies, takes nothing
    /// else with it. Input is read on the consumer's own thread.
    /// </summary>
    /// <typeparam name="T">An item's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure, whose captured variables are taken at once; if connections, handles or shared objects are among them, at the start of each enumeration.</param>
    /// <param name="items">May be endless. What it throws comes after the outcomes of the items before, and ends the stream.</param>
    /// <param name="ordered">Whether outcomes come in the items' order, or as they finish; each says which item it is of.</param>
    /// <param name="chunkSize">How many items go to a worker at once; null adapts to the time that they take. Items with a timeout, or that are run again after exceptions (<see cref="TaskOptions"/>), go one by one.</param>
    /// <param name="maxInFlight">How many items may be read and not yet taken as outcomes; null for 128 a worker, and up to 1024 of items that take microseconds (for chunks of a fixed size, so many chunks).</param>
    /// <param name="cancellationToken">Ends the stream, and the work: a chunk that runs has its worker killed after a grace time.</param>
    /// <exception cref="ArgumentException">The function gives a task or a value task: that is for the methods whose names end in Async, which await it.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunkSize"/> or <paramref name="maxInFlight"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The pool is closed or terminated; or this is one of its own worker threads.</exception>
    /// <exception cref="Serializing.PickleException">The function captures what cannot travel.</exception>
    /// <exception cref="PoolBrokenException">The pool cannot start workers or initialize them.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the pool terminated.</exception>
    /// <inheritdoc cref="MapOutcomes{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)" path="/remarks"/>
    public IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(
        [Pickled] Func<T, TResult> function,
        IEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            OutcomeStreamsOf<Func<T, TResult>, T, TResult>(
                function, static f => new PoolFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, items),
            _ => new SyncInput<T>(items),
            cancellationToken);
    }

    /// <summary>Applies a function to items that come asynchronously and are read as outcomes are taken.</summary>
    /// <inheritdoc cref="MapOutcomeStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(
        [Pickled] Func<T, TResult> function,
        IAsyncEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            OutcomeStreamsOf<Func<T, TResult>, T, TResult>(
                function, static f => new PoolFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, null),
            token => new AsyncInput<T>(items, token),
            cancellationToken);
    }

    /// <summary>Applies an asynchronous function to items that are read as outcomes are taken; each worker awaits one item at a time.</summary>
    /// <inheritdoc cref="MapOutcomeStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(
        [Pickled] Func<T, Task<TResult>> function,
        IEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            OutcomeStreamsOf<Func<T, Task<TResult>>, T, TResult>(
                function, static f => new PoolAsyncFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, items),
            _ => new SyncInput<T>(items),
            cancellationToken);
    }

    /// <summary>Applies an asynchronous function to items that come asynchronously and are read as outcomes are taken; each worker awaits one item at a time.</summary>
    /// <inheritdoc cref="MapOutcomeStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(
        [Pickled] Func<T, Task<TResult>> function,
        IAsyncEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            OutcomeStreamsOf<Func<T, Task<TResult>>, T, TResult>(
                function, static f => new PoolAsyncFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, null),
            token => new AsyncInput<T>(items, token),
            cancellationToken);
    }

    /// <summary>Applies a function to items that are read as outcomes are taken; each step blocks for its outcome.</summary>
    /// <inheritdoc cref="MapOutcomeStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IEnumerable<Outcome<TResult>> MapOutcomeStream<T, TResult>(
        [Pickled] Func<T, TResult> function,
        IEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Read(
            OutcomeStreamsOf<Func<T, TResult>, T, TResult>(
                function, static f => new PoolFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, items),
            items,
            cancellationToken);
    }

    private Func<ResultStream<T, Outcome<TResult>>> OutcomeStreamsOf<TDelegate, T, TResult>(
        TDelegate function, Func<TDelegate, PoolFunction> wrap, bool ordered, int? chunkSize, int? maxInFlight, IEnumerable<T>? items)
        where TDelegate : Delegate =>
        StreamsOf<TDelegate, T, TResult, Outcome<TResult>>(
            function, wrap, ordered, chunkSize, maxInFlight, items, stream => new OutcomeStreamChunk<T, TResult>(Engine, stream));
}
