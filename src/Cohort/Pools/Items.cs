using System.Buffers;

namespace Cohort.Pools;

/// <summary>Input of any kind as memory, without a copy where it is an array already.</summary>
internal static class Items
{
    /// <param name="items">Any input; read at once.</param>
    /// <param name="rented">Of the shared array pool, to be returned when nobody reads the memory any more; or null.</param>
    public static ReadOnlyMemory<T> ToMemory<T>(IEnumerable<T> items, out T[]? rented)
    {
        rented = null;
        switch (items)
        {
            case T[] array:
                return array;
            case ICollection<T> { Count: > 0 and int count } collection:
                rented = ArrayPool<T>.Shared.Rent(count);
                collection.CopyTo(rented, 0);

                // A concurrent collection that lost items meanwhile has left what the array held before behind them.
                return collection.Count == count
                    ? rented.AsMemory(0, count)
                    : throw new InvalidOperationException("The items changed while they were read.");
            default:
                return items.ToArray();
        }
    }
}
