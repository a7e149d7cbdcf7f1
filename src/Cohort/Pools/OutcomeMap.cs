namespace Cohort.Pools;

/// <summary>A map of which each item has an outcome of its own: handed out in chunks, outcomes in order.</summary>
internal sealed partial class OutcomeMap<T, TResult>(
    IPoolEngine engine, FunctionEntry function, TaskOptions options, ReadOnlyMemory<T> items, T[]? rented, int? chunkSize)
    : ItemSource<T>(function, options, items, rented, ChunkSizer.For<T, TResult>(chunkSize))
{
    private readonly IPoolEngine _engine = engine;
    private readonly Outcome<TResult>[] _outcomes = new Outcome<TResult>[items.Length];
    private readonly TaskCompletionSource<Outcome<TResult>[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _settled;

    public Task<Outcome<TResult>[]> Task => _completion.Task;

    protected override bool IsOver => _completion.Task.IsCompleted;

    public bool TryCancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    /// <summary>What is there by now is kept, what is not fails with the reason.</summary>
    public override void Abort(Exception reason)
    {
        if (IsOver)
        {
            return;
        }

        // A thread may still be at an item, so rented memory is left to the collector.
        for (int i = 0; i < _outcomes.Length; i++)
        {
            if (_outcomes[i].IsMissing)
            {
                _outcomes[i] = new Outcome<TResult>(i, reason);
            }
        }

        _completion.TrySetResult(_outcomes);
    }

    protected override WorkItem ChunkOf(int start, int count) => new Chunk(this, start, count) { Watch = Watch };

    private void Settle(int count, int failed)
    {
        Watch?.Note(count, failed);
        _settled += count;
        if (_settled == _outcomes.Length)
        {
            GiveBackItems();
            _completion.TrySetResult(_outcomes);
        }
    }
}
