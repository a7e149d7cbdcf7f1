using Cohort.Pools.Observing;
using Cohort.Serializing;
using System.Runtime.CompilerServices;

namespace Cohort.Pools;

/// <summary>One function, items as they come, results as they come.</summary>
public abstract partial class PoolBase
{
    /// <summary>
    /// Applies a function to items that are read as results are taken (Python: <c>imap</c>, and <c>imap_unordered</c>
    /// without order). Input is read on the consumer's own thread.
    /// </summary>
    /// <typeparam name="T">An item's type.</typeparam>
    /// <typeparam name="TResult">A result's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure, whose captured variables are taken at once; if connections, handles or shared objects are among them, at the start of each enumeration.</param>
    /// <param name="items">May be endless. What it throws comes after the results of the items before.</param>
    /// <param name="ordered">Whether results come in the items' order, or as they finish.</param>
    /// <param name="chunkSize">How many items go to a worker at once; null adapts to the time that they take.</param>
    /// <param name="maxInFlight">How many items may be read and not yet taken as results; null for 128 a worker, and up to 1024 of items that take microseconds (for chunks of a fixed size, so many chunks).</param>
    /// <param name="cancellationToken">Ends the stream, and the work: a chunk that runs has its worker killed after a grace time.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunkSize"/> or <paramref name="maxInFlight"/> is below 1.</exception>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        [Pickled] Func<T, TResult> function,
        IEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            StreamsOf<Func<T, TResult>, T, TResult, TResult>(
                function, static f => new PoolFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, items),
            _ => new SyncInput<T>(items),
            cancellationToken);
    }

    /// <summary>Applies a function to items that come asynchronously and are read as results are taken.</summary>
    /// <inheritdoc cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        [Pickled] Func<T, TResult> function,
        IAsyncEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            StreamsOf<Func<T, TResult>, T, TResult, TResult>(
                function, static f => new PoolFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, null),
            token => new AsyncInput<T>(items, token),
            cancellationToken);
    }

    /// <summary>Applies an asynchronous function to items that are read as results are taken; each worker awaits one item at a time.</summary>
    /// <inheritdoc cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        [Pickled] Func<T, Task<TResult>> function,
        IEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            StreamsOf<Func<T, Task<TResult>>, T, TResult, TResult>(
                function, static f => new PoolAsyncFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, items),
            _ => new SyncInput<T>(items),
            cancellationToken);
    }

    /// <summary>Applies an asynchronous function to items that come asynchronously and are read as results are taken; each worker awaits one item at a time.</summary>
    /// <inheritdoc cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        [Pickled] Func<T, Task<TResult>> function,
        IAsyncEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return ReadAsync(
            StreamsOf<Func<T, Task<TResult>>, T, TResult, TResult>(
                function, static f => new PoolAsyncFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, null),
            token => new AsyncInput<T>(items, token),
            cancellationToken);
    }

    /// <summary>Applies a function to items that are read as results are taken; each step blocks for its result.</summary>
    /// <inheritdoc cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    public IEnumerable<TResult> MapStream<T, TResult>(
        [Pickled] Func<T, TResult> function,
        IEnumerable<T> items,
        bool ordered = true,
        int? chunkSize = null,
        int? maxInFlight = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Read(
            StreamsOf<Func<T, TResult>, T, TResult, TResult>(
                function, static f => new PoolFunc<T, TResult>(f), ordered, chunkSize, maxInFlight, items),
            items,
            cancellationToken);
    }

    /// <summary>Checks the arguments and takes the function now; each enumeration then gets a stream of its own.</summary>
    /// <param name="wrap">Makes what travels of it.</param>
    /// <param name="newChunk">Makes the chunks; null for those that fail as a whole.</param>
    /// <typeparam name="TDelegate">The function's own type.</typeparam>
    /// <typeparam name="T">An item's type.</typeparam>
    /// <typeparam name="TResult">What the function gives.</typeparam>
    /// <typeparam name="TOut">What the stream gives.</typeparam>
    private Func<ResultStream<T, TOut>> StreamsOf<TDelegate, T, TResult, TOut>(
        TDelegate function,
        Func<TDelegate, PoolFunction> wrap,
        bool ordered,
        int? chunkSize,
        int? maxInFlight,
        IEnumerable<T>? items,
        Func<ResultStream<T, TOut>, ResultStream<T, TOut>.Chunk>? newChunk = null)
        where TDelegate : Delegate
    {
        ArgumentNullException.ThrowIfNull(function);
        PromisedResult<TDelegate, TResult>.Refuse();
        EnsureChunkSize(chunkSize);
        if (TaskOptions.IsPerItem)
        {
            // What fails as a whole may be larger if the caller says so; an item with an outcome of its own may not.
            chunkSize = newChunk is null ? chunkSize ?? 1 : 1;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(maxInFlight ?? 1, 1, nameof(maxInFlight));
        _state.EnsureRunning();
        FunctionEntry taken = Engine.Functions.ForMany(function, wrap);
        bool hasHandles = taken.Undo is not null;
        if (hasHandles)
        {
            // Each enumeration gives up its handles when it ends, and nobody knows whether there will be none or several.
            Engine.Forget(taken);
        }

        return () =>
        {
            FunctionEntry entry = hasHandles ? Engine.Functions.ForMany(function, wrap) : taken;
            StreamWindow window = new(Engine.RunsInCaller ? 1 : maxInFlight, chunkSize, WorkerCount);
            ChunkSizer sizer = new(chunkSize, Math.Min(ChunkSizer.MaxSizeFor<T>(), window.MaxChunk));
            long? total = items is not null && items.TryGetNonEnumeratedCount(out int count) ? count : null;
            return new ResultStream<T, TOut>(Engine, entry, TaskOptions, ordered, sizer, window, WorkerCount)
            {
                Watch = CallWatch.ForMany("MapStream", Name, entry, TaskOptions, total),
                NewChunk = newChunk,
            };
        };
    }

    private static async IAsyncEnumerable<TResult> ReadAsync<T, TResult>(
        Func<ResultStream<T, TResult>> newStream,
        Func<CancellationToken, StreamInput<T>> open,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StreamInput<T> input = open(cancellationToken);
        await using (input.ConfigureAwait(false))
        {
            ResultStream<T, TResult> stream = newStream();
            try
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (stream.WantsInput)
                    {
                        await input.FillAsync(stream).ConfigureAwait(false);
                    }

                    if (stream.IsDrained)
                    {
                        break;
                    }

                    if (!stream.CanTake)
                    {
                        // Whichever comes first: a result to give, or an item to send on if there is room for it.
                        Task news = stream.WantsInput ? Task.WhenAny(stream.WaitAsync(), input.Pending) : stream.WaitAsync();
                        await news.WaitAsync(cancellationToken).ConfigureAwait(false);
                        continue;
                    }

                    ResultStream<T, TResult>.Chunk chunk = stream.Take();
                    for (int i = 0; i < chunk.Count; i++)
                    {
                        yield return chunk.Results.Span[i];
                    }

                    stream.Return(chunk);
                }
            }
            finally
            {
                stream.Abandon();
            }

            stream.ThrowInputFault();
        }
    }

    private IEnumerable<TResult> Read<T, TResult>(
        Func<ResultStream<T, TResult>> newStream, IEnumerable<T> items, CancellationToken cancellationToken)
    {
        Engine.RefuseOwnWorker();
        ResultStream<T, TResult> stream = newStream();
        using SyncInput<T> input = new(items);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (stream.WantsInput)
                {
                    input.Fill(stream);
                }

                if (stream.IsDrained)
                {
                    break;
                }

                while (!stream.CanTake)
                {
                    stream.WaitAsync().Wait(cancellationToken);
                }

                ResultStream<T, TResult>.Chunk chunk = stream.Take();
                for (int i = 0; i < chunk.Count; i++)
                {
                    yield return chunk.Results.Span[i];
                }

                stream.Return(chunk);
            }
        }
        finally
        {
            stream.Abandon();
        }

        stream.ThrowInputFault();
    }
}
