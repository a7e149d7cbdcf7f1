using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Cohort.Pools;

/// <summary>Items that are all there, handed out in chunks in their order.</summary>
/// <param name="function">What is called.</param>
/// <param name="options">How.</param>
/// <param name="items">The items.</param>
/// <param name="rented">The pooled array that they are in; null when they are the caller's.</param>
/// <param name="sizer">How many go at once.</param>
internal abstract class ItemSource<T>(FunctionEntry function, TaskOptions options, ReadOnlyMemory<T> items, T[]? rented, ChunkSizer sizer)
    : WorkSource(function, options)
{
    private int _next;

    public sealed override bool IsExhausted => _next >= items.Length || IsOver;

    public sealed override int Left => IsExhausted ? 0 : items.Length - _next;

    public sealed override int LimitForOthers => sizer.LimitForOthers;

    protected ReadOnlySpan<T> Items => items.Span;

    protected ChunkSizer Sizer => sizer;

    /// <summary>The call has its outcome, so nothing more is wanted of it.</summary>
    protected abstract bool IsOver { get; }

    public sealed override bool TryNext(int workers, int limit, [MaybeNullWhen(false)] out WorkItem item)
    {
        if (IsExhausted)
        {
            item = null;
            return false;
        }

        int count = sizer.Next(items.Length - _next, workers, limit);
        item = ChunkOf(_next, count);
        _next += count;
        return true;
    }

    protected abstract WorkItem ChunkOf(int start, int count);

    /// <summary>All items are settled, so that nobody reads them any more.</summary>
    protected void GiveBackItems()
    {
        if (rented is not null)
        {
            ArrayPool<T>.Shared.Return(rented, RuntimeHelpers.IsReferenceOrContainsReferences<T>());
        }
    }
}
