using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Cohort.Messaging;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>A map whose input is read as results are taken: at most so many items are on their way at any time.</summary>
/// <remarks>
/// One consumer drives it: it fills the stream from its input, then takes a chunk of results, and so on. Chunks complete
/// on whatever thread makes the dispatcher's pass; that thread only marks them and wakes the consumer.
/// </remarks>
internal sealed partial class ResultStream<T, TResult>(
    IPoolEngine engine, FunctionEntry function, TaskOptions options, bool ordered, ChunkSizer sizer, StreamWindow window, int workers)
{
    /// <summary>All chunks on their way, in the order of the input. The consumer's.</summary>
    private readonly Queue<Chunk> _order = new();

    /// <summary>Chunks that are done, in the order of their arrival. For streams without order.</summary>
    private readonly ConcurrentQueue<Chunk> _arrived = new();

    /// <summary>Chunks whose results were taken, to be used again.</summary>
    private readonly Stack<Chunk> _spare = new();

    private readonly List<WorkItem> _batch = [];
    private TaskCompletionSource? _waiter;
    private int _itemsInFlight;
    private long _itemsRead;
    private int _chunksInFlight;
    private volatile bool _abandoned;

    private Exception? _fault;

    /// <summary>Who follows the stream; null for nobody.</summary>
    public CallWatch? Watch { get; init; }

    /// <summary>Makes the chunks; null for those that fail as a whole.</summary>
    public Func<ResultStream<T, TResult>, Chunk>? NewChunk { get; init; }

    private FunctionEntry Function => function;

    private TaskOptions Options => options;

    /// <summary>What the input threw; it comes after all results of the items before it.</summary>
    public Exception? InputFault { get; private set; }

    /// <summary>The input has no more items.</summary>
    public bool InputEnded { get; private set; }

    /// <summary>All results were taken.</summary>
    public bool IsDrained => InputEnded && _chunksInFlight == 0;

    /// <summary>Nothing is on its way.</summary>
    public bool IsEmpty => _chunksInFlight == 0;

    /// <summary>Whether to read input now. Not for each item taken: chunks are sent in batches.</summary>
    public bool WantsInput => !InputEnded && _itemsInFlight <= window.Limit / 2;

    /// <summary>How many items the next chunk shall have; 0 when enough is on its way.</summary>
    public int NextChunkSize => InputEnded ? 0 : Math.Min(sizer.Next(int.MaxValue, workers), window.Limit - _itemsInFlight);

    public void EndInput(Exception? fault)
    {
        InputEnded = true;
        InputFault = fault;
    }

    /// <summary>An empty chunk, to be filled and given to <see cref="Add"/>.</summary>
    public Chunk Rent()
    {
        if (!_spare.TryPop(out Chunk? chunk))
        {
            chunk = NewChunk?.Invoke(this) ?? new Chunk(this);
            chunk.Watch = Watch;
        }

        return chunk;
    }

    /// <summary>Adds a chunk to what <see cref="SendBatch"/> sends.</summary>
    public void Add(Chunk chunk)
    {
        if (chunk.Count == 0)
        {
            return;
        }

        chunk.First = _itemsRead;
        _itemsRead += chunk.Count;
        _itemsInFlight += chunk.Count;
        _chunksInFlight++;
        if (ordered)
        {
            _order.Enqueue(chunk);
        }

        _batch.Add(chunk);
    }

    public void SendBatch()
    {
        engine.Submit(_batch);
        _batch.Clear();
    }

    /// <summary>The next chunk with its results, which must be done. To be given back to <see cref="Return"/>.</summary>
    /// <exception cref="Exception">What the function threw, or what befell its worker.</exception>
    public Chunk Take()
    {
        Chunk? chunk;
        if (!(ordered ? _order.TryDequeue(out chunk) : _arrived.TryDequeue(out chunk)))
        {
            throw new InvalidOperationException("No chunk of the stream is done.");
        }

        _itemsInFlight -= chunk.Count;
        _chunksInFlight--;
        if (chunk.Fault is not null)
        {
            _fault = chunk.Fault;
            ExceptionDispatchInfo.Throw(chunk.Fault);
        }

        sizer.Note(chunk.Count, chunk.Elapsed);
        window.Note(chunk.Count, chunk.Elapsed);
        return chunk;
    }

    public void Return(Chunk chunk)
    {
        if (chunk.IsReusable)
        {
            chunk.Clear();
            _spare.Push(chunk);
        }
    }

    public void ThrowInputFault()
    {
        if (InputFault is not null)
        {
            ExceptionDispatchInfo.Throw(InputFault);
        }
    }

    /// <summary>Completes when <see cref="CanTake"/> may be true. Looks itself for a moment first.</summary>
    public Task WaitAsync()
    {
        engine.LookBriefly(new ResultReady(this));
        TaskCompletionSource waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _waiter, waiter);
        Interlocked.MemoryBarrier();
        if (CanTake)
        {
            waiter.TrySetResult();
        }

        return waiter.Task;
    }

    /// <summary>Whether the next chunk is done.</summary>
    public bool CanTake => ordered ? _order.TryPeek(out Chunk? next) && next.IsDone : !_arrived.IsEmpty;

    /// <summary>The consumer wants no more.</summary>
    public void Abandon()
    {
        // Before the function is forgotten: what is not wanted is not sent any more, and would have it defined once again.
        bool isWaitedFor = _chunksInFlight > 0;
        _abandoned |= isWaitedFor;
        engine.Forget(function);
        if (isWaitedFor)
        {
            engine.NoteAbandoned();
        }

        Watch?.End(_fault ?? InputFault);
    }

    private void OnDone(Chunk chunk)
    {
        Watch?.Note(chunk.Count, chunk.Fault is null ? chunk.FailedCount : chunk.Count);
        chunk.IsDone = true;
        if (!ordered)
        {
            _arrived.Enqueue(chunk);
        }

        // The consumer looks once more after it has put its waiter there, so one of the two sees the other.
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _waiter)?.TrySetResult();
    }

    private readonly struct ResultReady(ResultStream<T, TResult> stream) : IRingCondition
    {
        public bool Holds() => stream.CanTake;
    }
}
