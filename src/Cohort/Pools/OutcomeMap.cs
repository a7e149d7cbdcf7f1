using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Cohort.Pools;

/// <summary>A map of which each item has an outcome of its own: handed out in chunks, outcomes in order.</summary>
internal sealed partial class OutcomeMap<T, TResult> : WorkSource
{
    private readonly IPoolEngine _engine;
    private readonly ReadOnlyMemory<T> _items;
    private readonly T[]? _rented;
    private readonly Outcome<TResult>[] _outcomes;
    private readonly ChunkSizer _sizer;
    private readonly TaskCompletionSource<Outcome<TResult>[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _next;
    private int _settled;

    public OutcomeMap(
        IPoolEngine engine, FunctionEntry function, TaskOptions options, ReadOnlyMemory<T> items, T[]? rented, int? chunkSize)
        : base(function, options)
    {
        _engine = engine;
        _items = items;
        _rented = rented;
        _outcomes = new Outcome<TResult>[items.Length];
        _sizer = new ChunkSizer(chunkSize, Math.Min(ChunkSizer.MaxSizeFor<T>(), ChunkSizer.MaxSizeFor<TResult>()));
    }

    public Task<Outcome<TResult>[]> Task => _completion.Task;

    public override bool IsExhausted => _next >= _items.Length || IsOver;

    public override int Left => IsExhausted ? 0 : _items.Length - _next;

    private bool IsOver => _completion.Task.IsCompleted;

    public bool TryCancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    public override bool TryNext(int workers, [MaybeNullWhen(false)] out WorkItem item)
    {
        if (IsExhausted)
        {
            item = null;
            return false;
        }

        int count = _sizer.Next(_items.Length - _next, workers);
        item = new Chunk(this, _next, count) { Watch = Watch };
        _next += count;
        return true;
    }

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

    private void Settle(int count, int failed)
    {
        Watch?.Note(count, failed);
        _settled += count;
        if (_settled == _items.Length)
        {
            if (_rented is not null)
            {
                ArrayPool<T>.Shared.Return(_rented, RuntimeHelpers.IsReferenceOrContainsReferences<T>());
            }

            _completion.TrySetResult(_outcomes);
        }
    }
}
