using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>One function, many items, all results.</summary>
public abstract partial class PoolBase
{
    /// <summary>Applies a function to all items in the workers and blocks for all results, in the items' order.</summary>
    /// <typeparam name="T">An item's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure, whose captured variables are taken once.</param>
    /// <param name="items">Read at once; must not be changed before the work is done.</param>
    /// <param name="chunkSize">How many items go to a worker at once; null adapts to the time that they take.</param>
    /// <param name="cancellationToken">Ends the wait at once, and the work: a chunk that runs has its worker killed after a grace time.</param>
    /// <returns>The results. All items are tried even when some fail; then the first failure to arrive is thrown.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunkSize"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The items changed while they were read.</exception>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public TResult[] Map<T, TResult>(
        [Pickled] Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        Wait(Blocking.MapAsync(function, items, chunkSize, cancellationToken));

    /// <summary>Applies a function to all items in the workers; the results come in the items' order.</summary>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<TResult[]> MapAsync<T, TResult>(
        [Pickled] Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitMap<Func<T, TResult>, T, TResult>(function, static f => new PoolFunc<T, TResult>(f), items, chunkSize, cancellationToken);

    /// <summary>Applies an asynchronous function to all items in the workers; each worker awaits one item at a time.</summary>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<TResult[]> MapAsync<T, TResult>(
        [Pickled] Func<T, Task<TResult>> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitMap<Func<T, Task<TResult>>, T, TResult>(
            function, static f => new PoolAsyncFunc<T, TResult>(f), items, chunkSize, cancellationToken);

    /// <summary>Applies a function of two arguments to all pairs and blocks for all results (Python: <c>starmap</c>).</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public TResult[] StarMap<T1, T2, TResult>(
        [Pickled] Func<T1, T2, TResult> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        Wait(Blocking.StarMapAsync(function, items, chunkSize, cancellationToken));

    /// <summary>Applies a function of two arguments to all pairs (Python: <c>starmap_async</c>).</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<TResult[]> StarMapAsync<T1, T2, TResult>(
        [Pickled] Func<T1, T2, TResult> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitMap<Func<T1, T2, TResult>, (T1, T2), TResult>(
            function, static f => new PoolFunc<T1, T2, TResult>(f), items, chunkSize, cancellationToken);

    /// <summary>Applies an asynchronous function of two arguments to all pairs; each worker awaits one at a time.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<TResult[]> StarMapAsync<T1, T2, TResult>(
        [Pickled] Func<T1, T2, Task<TResult>> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitMap<Func<T1, T2, Task<TResult>>, (T1, T2), TResult>(
            function, static f => new PoolAsyncFunc<T1, T2, TResult>(f), items, chunkSize, cancellationToken);

    /// <summary>Applies a function of three arguments to all triples and blocks for all results (Python: <c>starmap</c>).</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public TResult[] StarMap<T1, T2, T3, TResult>(
        [Pickled] Func<T1, T2, T3, TResult> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        Wait(Blocking.StarMapAsync(function, items, chunkSize, cancellationToken));

    /// <summary>Applies a function of three arguments to all triples (Python: <c>starmap_async</c>).</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<TResult[]> StarMapAsync<T1, T2, T3, TResult>(
        [Pickled] Func<T1, T2, T3, TResult> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitMap<Func<T1, T2, T3, TResult>, (T1, T2, T3), TResult>(
            function, static f => new PoolFunc<T1, T2, T3, TResult>(f), items, chunkSize, cancellationToken);

    /// <summary>Applies an asynchronous function of three arguments to all triples; each worker awaits one at a time.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <inheritdoc cref="Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<TResult[]> StarMapAsync<T1, T2, T3, TResult>(
        [Pickled] Func<T1, T2, T3, Task<TResult>> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitMap<Func<T1, T2, T3, Task<TResult>>, (T1, T2, T3), TResult>(
            function, static f => new PoolAsyncFunc<T1, T2, T3, TResult>(f), items, chunkSize, cancellationToken);

    private Task<TResult[]> SubmitMap<TDelegate, T, TResult>(
        TDelegate function, Func<TDelegate, PoolFunction> wrap, IEnumerable<T> items, int? chunkSize, CancellationToken cancellationToken)
        where TDelegate : Delegate
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(items);
        PromisedResult<TDelegate, TResult>.Refuse();
        EnsureChunkSize(chunkSize);
        _state.EnsureRunning();
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<TResult[]>(cancellationToken);
        }

        // The input comes first: what it throws must not leave behind handles that the function captures.
        ReadOnlyMemory<T> all = Items.ToMemory(items, out T[]? rented);
        FunctionEntry entry = Engine.Functions.ForMany(function, wrap);
        if (all.IsEmpty)
        {
            Engine.Forget(entry);
            CallWatch.ForMany("Map", Name, entry, TaskOptions, 0)?.End(null);
            return Task.FromResult(Array.Empty<TResult>());
        }

        MapOperation<T, TResult> map = new(entry, TaskOptions, all, rented, chunkSize ?? (TaskOptions.IsPerItem ? 1 : null))
        {
            Watch = CallWatch.ForMany("Map", Name, entry, TaskOptions, all.Length),
        };
        return Submit(map, map.Task, map.TryCancel, cancellationToken);
    }

    /// <summary>Gives work with many items to the workers, and sees to its end.</summary>
    private Task<TResult> Submit<TResult>(
        WorkSource work, Task<TResult> task, Func<CancellationToken, bool> tryCancel, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            EndWith(cancellationToken, task, tryCancel);
        }

        Engine.Submit(work);
        if (work.Function.IsTransient || work.Function.Undo is not null)
        {
            ForgetAfter(task, work.Function);
        }

        return work.Watch is null ? task : work.Watch.FollowAsync(task);
    }

    private static void EnsureChunkSize(int? chunkSize)
    {
        if (chunkSize is { } size)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(chunkSize));
        }
    }
}
