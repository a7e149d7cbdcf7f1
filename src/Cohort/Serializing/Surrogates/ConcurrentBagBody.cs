using System.Collections.Concurrent;

namespace Cohort.Serializing;

/// <summary>A snapshot of the bag, in the order in which this thread would take the items.</summary>
internal sealed class ConcurrentBagBody<T> : SequenceBody<ConcurrentBag<T>, T>
{
    protected override T[] ToArray(ConcurrentBag<T> value) => value.ToArray();

    protected override ConcurrentBag<T> Begin(PickleReader reader) => [];

    protected override ConcurrentBag<T> Fill(ConcurrentBag<T> value, T[] items)
    {
        for (int i = items.Length - 1; i >= 0; i--)
        {
            value.Add(items[i]);
        }

        return value;
    }
}
