using Cohort.Platform;
using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>A map over items that are all there: handed out in chunks, results in order.</summary>
internal sealed class MapOperation<T, TResult>(
    FunctionEntry function, TaskOptions options, ReadOnlyMemory<T> items, T[]? rented, int? chunkSize)
    : ItemSource<T>(function, options, items, rented, ChunkSizer.For<T, TResult>(chunkSize))
{
    private readonly TResult[] _results = LargeArrays.Allocate<TResult>(items.Length);
    private readonly TaskCompletionSource<TResult[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Chunks that came back, to be used again.</summary>
    private readonly Stack<Chunk> _spare = new();
    private int _settled;
    private Exception? _firstFault;

    public Task<TResult[]> Task => _completion.Task;

    protected override bool IsOver => _completion.Task.IsCompleted;

    public bool TryCancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    public override void Abort(Exception reason) => _completion.TrySetException(reason);

    protected override WorkItem ChunkOf(int start, int count)
    {
        if (!_spare.TryPop(out Chunk? chunk))
        {
            chunk = new Chunk(this) { Watch = Watch };
        }

        chunk.Set(start, count);
        return chunk;
    }

    private void Settle(Chunk chunk, Exception? fault)
    {
        _firstFault ??= fault;
        _settled += chunk.Count;
        Watch?.Note(chunk.Count, fault is not null);
        if (fault is null)
        {
            _spare.Push(chunk);
        }

        if (_settled == _results.Length)
        {
            GiveBackItems();
            if (_firstFault is null)
            {
                _completion.TrySetResult(_results);
            }
            else
            {
                _completion.TrySetException(_firstFault);
            }
        }
    }

    private sealed class Chunk(MapOperation<T, TResult> map) : WorkItem(map.Function, map.Options)
    {
        private int _start;
        private int _count;

        public override bool IsAbandoned => map.IsOver;

        public override int Count => _count;

        public void Set(int start, int count)
        {
            _start = start;
            _count = count;
            Reset();
        }

        public override void WriteArguments(PickleWriter writer)
        {
            writer.WriteInt32(_count);
            ItemEncoding.Write(writer, map.Items.Slice(_start, _count), _start);
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            Span<TResult> results = map._results.AsSpan(_start, _count);
            if (_count == 1)
            {
                results[0] = Pickle.Read<TResult>(reader);
            }
            else
            {
                Pickle.ReadSpan(reader, results);
            }

            map.Sizer.Note(_count, elapsed);
            map.Settle(this, null);
        }

        public override void Fail(Exception exception) => map.Settle(this, exception);

        public override void RunHere()
        {
            ICallable<T, TResult> function = (ICallable<T, TResult>)Function.Function;
            ReadOnlySpan<T> items = map.Items.Slice(_start, _count);
            for (int i = 0; i < items.Length && !IsAbandoned; i++)
            {
                map._results[_start + i] = function.Invoke(items[i]);
            }
        }

        public override void CompleteHere(TimeSpan elapsed)
        {
            map.Sizer.Note(_count, elapsed);
            map.Settle(this, null);
        }

        public override string DescribeArguments() => ArgumentText.Of(map.Items.Slice(_start, _count));

        /// <summary>The map as a whole: a chunk that still runs reads the items, which must not be given back.</summary>
        public override void Abort(Exception reason) => map.Abort(reason);

        public override string Describe() =>
            _count == 1 ? $"{base.Describe()} on item {_start}" : $"{base.Describe()} on items {_start} to {_start + _count - 1}";
    }
}
