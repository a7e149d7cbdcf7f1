using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>One item of a chunk that was taken apart.</summary>
/// <param name="function">What is called.</param>
/// <param name="options">How.</param>
/// <param name="board">Where the outcome goes.</param>
/// <param name="place">The item's place in the chunk.</param>
/// <param name="index">Its place in the input.</param>
/// <param name="item">The item.</param>
internal sealed class OutcomePart<T, TResult>(
    FunctionEntry function, TaskOptions options, IOutcomeBoard<TResult> board, int place, long index, T item) : WorkItem(function, options)
{
    private TResult? _result;

    /// <summary>Takes a chunk apart and gives its items to the workers one by one, but for the one that is to blame.</summary>
    /// <param name="engine">Of the pool.</param>
    /// <param name="chunk">The chunk, where the outcomes go.</param>
    /// <param name="items">Its items.</param>
    /// <param name="first">The first one's place in the input.</param>
    /// <param name="blamed">Which place in the chunk is to blame; another number for none.</param>
    /// <returns>The one to blame.</returns>
    public static WorkItem? TakeApart<TChunk>(IPoolEngine engine, TChunk chunk, ReadOnlySpan<T> items, long first, int blamed)
        where TChunk : WorkItem, IOutcomeBoard<TResult>
    {
        WorkItem? culprit = null;
        List<WorkItem> others = new(items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            OutcomePart<T, TResult> part = new(chunk.Function, chunk.Options, chunk, i, first + i, items[i]) { Watch = chunk.Watch };
            if (i == blamed)
            {
                culprit = part;
            }
            else
            {
                others.Add(part);
            }
        }

        engine.Submit(others);
        return culprit;
    }

    public override bool IsAbandoned => board.IsAbandoned;

    public override void WriteArguments(PickleWriter writer)
    {
        writer.WriteInt32(1);
        ItemEncoding.Write<T>(writer, [item], index);
    }

    public override void Complete(PickleReader reader, TimeSpan elapsed) =>
        board.Put(place, new Outcome<TResult>(index, Pickle.Read<TResult>(reader)));

    public override void Fail(Exception exception) => board.Put(place, new Outcome<TResult>(index, exception));

    public override void RunHere() => _result = ((ICallable<T, TResult>)Function.Function).Invoke(item);

    public override void CompleteHere(TimeSpan elapsed) => board.Put(place, new Outcome<TResult>(index, _result!));

    public override string DescribeArguments() => ArgumentText.Of<T>([item]);

    public override void Abort(Exception reason) => board.Abort(reason);

    public override string Describe() => $"{base.Describe()} on item {index}";
}
