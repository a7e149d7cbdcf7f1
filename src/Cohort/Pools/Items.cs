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
            case ICollection<T> { Count: > 0 } collection:
                rented = ArrayPool<T>.Shared.Rent(collection.Count);
                collection.CopyTo(rented, 0);
                return rented.AsMemory(0, collection.Count);
            default:
                return items.ToArray();
        }
    }
}
