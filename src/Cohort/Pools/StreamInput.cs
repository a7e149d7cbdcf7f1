namespace Cohort.Pools;

/// <summary>Where a stream's items come from.</summary>
internal abstract class StreamInput<T> : IAsyncDisposable
{
    /// <summary>Reads items until enough are on their way, and sends them.</summary>
    public abstract ValueTask FillAsync<TResult>(ResultStream<T, TResult> stream);

    /// <summary>Completes when there may be an item to read that there was not before; never, where reading waits for none.</summary>
    public virtual Task Pending => _never.Task;

    /// <summary>Not shared by all: whoever waits for it and gives up stays in its list of waiters.</summary>
    private readonly TaskCompletionSource _never = new();

    public abstract ValueTask DisposeAsync();
}

/// <summary>Items that are there when asked for.</summary>
internal sealed class SyncInput<T>(IEnumerable<T> items) : StreamInput<T>, IDisposable
{
    private IEnumerator<T>? _items;

    public void Fill<TResult>(ResultStream<T, TResult> stream)
    {
        try
        {
            _items ??= items.GetEnumerator();
            for (int size = stream.NextChunkSize; size > 0; size = stream.NextChunkSize)
            {
                ResultStream<T, TResult>.Chunk chunk = stream.Rent();
                List<T> items = chunk.Items;
                bool more = true;
                try
                {
                    while (items.Count < size && (more = _items.MoveNext()))
                    {
                        items.Add(_items.Current);
                    }
                }
                finally
                {
                    // What was read before the input failed is still worked on.
                    stream.Add(chunk);
                }

                if (!more)
                {
                    stream.EndInput(null);
                }
            }
        }
        catch (Exception exception)
        {
            stream.EndInput(exception);
        }

        stream.SendBatch();
    }

    public override ValueTask FillAsync<TResult>(ResultStream<T, TResult> stream)
    {
        Fill(stream);
        return default;
    }

    public void Dispose() => _items?.Dispose();

    public override ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}

/// <summary>Items that may have to be awaited.</summary>
internal sealed class AsyncInput<T>(IAsyncEnumerable<T> items, CancellationToken cancellationToken) : StreamInput<T>
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private IAsyncEnumerator<T>? _items;

    /// <summary>The step that is under way: a chunk does not wait for it once it has an item.</summary>
    private Task<bool>? _step;

    public override Task Pending => _step ?? base.Pending;

    public override async ValueTask FillAsync<TResult>(ResultStream<T, TResult> stream)
    {
        try
        {
            _items ??= items.GetAsyncEnumerator(_stop.Token);
            for (int size = stream.NextChunkSize; size > 0; size = stream.NextChunkSize)
            {
                ResultStream<T, TResult>.Chunk chunk = stream.Rent();
                List<T> items = chunk.Items;
                try
                {
                    while (items.Count < size)
                    {
                        _step ??= _items.MoveNextAsync().AsTask();
                        if (!_step.IsCompleted && (items.Count > 0 || !stream.IsEmpty))
                        {
                            // The input is slower than the workers: results that are there must not wait for it.
                            return;
                        }

                        Task<bool> step = _step;
                        bool more = await step.ConfigureAwait(false);
                        _step = null;
                        if (!more)
                        {
                            stream.EndInput(null);
                            break;
                        }

                        items.Add(_items.Current);
                    }
                }
                finally
                {
                    stream.Add(chunk);
                }
            }
        }
        catch (Exception exception)
        {
            stream.EndInput(exception);
        }
        finally
        {
            stream.SendBatch();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_step is not null)
        {
            // An enumerator must not be disposed in the middle of a step; how that ends concerns nobody any more.
            await _stop.CancelAsync().ConfigureAwait(false);
            await ((Task)_step).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_items is not null)
        {
            await _items.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }
}
