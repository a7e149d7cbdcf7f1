namespace Cohort.Pools;

/// <summary>Input of any kind as memory, without a copy where it is an array already.</summary>
internal static class Items
{
    public static ReadOnlyMemory<T> ToMemory<T>(IEnumerable<T> items) => items switch
    {
        T[] array => array,
        ICollection<T> collection => Copy(collection),
        _ => items.ToArray(),
    };

    private static T[] Copy<T>(ICollection<T> collection)
    {
        T[] copy = GC.AllocateUninitializedArray<T>(collection.Count);
        collection.CopyTo(copy, 0);
        return copy;
    }
}
