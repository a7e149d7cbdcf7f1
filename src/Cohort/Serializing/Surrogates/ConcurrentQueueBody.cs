using System.Collections.Concurrent;

namespace Cohort.Serializing;

/// <summary>A snapshot of the queue, oldest first.</summary>
internal sealed class ConcurrentQueueBody<T> : SequenceBody<ConcurrentQueue<T>, T>
{
    protected override T[] ToArray(ConcurrentQueue<T> value) => value.ToArray();

    protected override ConcurrentQueue<T> Begin(PickleReader reader) => new();

    protected override ConcurrentQueue<T> Fill(ConcurrentQueue<T> value, T[] items)
    {
        foreach (T item in items)
        {
            value.Enqueue(item);
        }

        return value;
    }
}
