using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>One function, many items, an outcome for each: what fails is a result like others.</summary>
public abstract partial class PoolBase
{
    /// <summary>
    /// Applies a function to all items in the workers and blocks for an outcome of each, in the items' order. An item that
    /// fails, or whose worker dies, takes nothing else with it.
    /// </summary>
    /// <typeparam name="T">An item's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure, whose captured variables are taken once.</param>
    /// <param name="items">Read at once; must not be changed before the work is done.</param>
    /// <param name="chunkSize">How many items go to a worker at once; null adapts to the time that they take. Items with a timeout, or that are run again after exceptions (<see cref="TaskOptions"/>), go one by one.</param>
    /// <param name="cancellationToken">Ends the wait at once, and the work: a chunk that runs has its worker killed after a grace time.</param>
    /// <returns>
    /// As many outcomes as items. When the pool ends or breaks before its time, those that are there by then are kept, and the
    /// others hold the reason.
    /// </returns>
    /// <remarks>
    /// When a worker dies in the middle of a chunk, only the item that it was at has that as its outcome. The chunk's other
    /// items are run again elsewhere, including those before it: they had been run, but their results died with the worker.
    /// A function that must not be run twice wants a chunk size of 1.
    /// </remarks>
    /// <exception cref="ArgumentException">The function gives a task or a value task: that is for the methods whose names end in Async, which await it.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunkSize"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The pool is closed or terminated; this is one of its own worker threads; or the items changed while they were read.</exception>
    /// <exception cref="Serializing.PickleException">The function captures what cannot travel.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Outcome<TResult>[] MapOutcomes<T, TResult>(
        [Pickled] Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        Wait(Blocking.MapOutcomesAsync(function, items, chunkSize, cancellationToken));

    /// <summary>Applies a function to all items in the workers, with an outcome for each, in the items' order.</summary>
    /// <inheritdoc cref="MapOutcomes{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<Outcome<TResult>[]> MapOutcomesAsync<T, TResult>(
        [Pickled] Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitOutcomes<Func<T, TResult>, T, TResult>(function, static f => new PoolFunc<T, TResult>(f), items, chunkSize, cancellationToken);

    /// <summary>Applies an asynchronous function to all items in the workers, with an outcome for each; each worker awaits one item at a time.</summary>
    /// <inheritdoc cref="MapOutcomes{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<Outcome<TResult>[]> MapOutcomesAsync<T, TResult>(
        [Pickled] Func<T, Task<TResult>> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default) =>
        SubmitOutcomes<Func<T, Task<TResult>>, T, TResult>(
            function, static f => new PoolAsyncFunc<T, TResult>(f), items, chunkSize, cancellationToken);

    private Task<Outcome<TResult>[]> SubmitOutcomes<TDelegate, T, TResult>(
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
            return Task.FromCanceled<Outcome<TResult>[]>(cancellationToken);
        }

        // The input comes first: what it throws must not leave behind handles that the function captures.
        ReadOnlyMemory<T> all = Items.ToMemory(items, out T[]? rented);
        FunctionEntry entry = Engine.Functions.ForMany(function, wrap);
        if (all.IsEmpty)
        {
            Engine.Forget(entry);
            CallWatch.ForMany("Map", Name, entry, TaskOptions, 0)?.End(null);
            return Task.FromResult(Array.Empty<Outcome<TResult>>());
        }

        OutcomeMap<T, TResult> map = new(Engine, entry, TaskOptions, all, rented, TaskOptions.IsPerItem ? 1 : chunkSize)
        {
            Watch = CallWatch.ForMany("Map", Name, entry, TaskOptions, all.Length),
        };
        return Submit(map, map.Task, map.TryCancel, cancellationToken);
    }
}
