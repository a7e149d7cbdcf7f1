using System.Collections.Concurrent;

namespace Cohort.Serializing;

/// <summary>A snapshot of the stack, top first.</summary>
internal sealed class ConcurrentStackBody<T> : SequenceBody<ConcurrentStack<T>, T>
{
    protected override T[] ToArray(ConcurrentStack<T> value) => value.ToArray();

    protected override ConcurrentStack<T> Begin(PickleReader reader) => new();

    protected override ConcurrentStack<T> Fill(ConcurrentStack<T> value, T[] items)
    {
        for (int i = items.Length - 1; i >= 0; i--)
        {
            value.Push(items[i]);
        }

        return value;
    }
}
