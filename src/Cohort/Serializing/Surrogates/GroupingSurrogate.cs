namespace Cohort.Serializing;

/// <summary>One group of those that GroupBy and ToLookup make: its key and its elements. By its fields it would lead to all the others.</summary>
internal sealed class GroupingSurrogate<TKey, T> : Surrogate<IGrouping<TKey, T>>
{
    private static readonly OneGroup s_oneGroup = new();

    protected override void Write(PickleWriter writer, IGrouping<TKey, T> value)
    {
        writer.Tracker?.Push(".Key");
        writer.Write(value.Key);
        writer.Tracker?.Pop();
        writer.Write(value.ToArray());
    }

    protected override IGrouping<TKey, T> Read(PickleReader reader, int id)
    {
        TKey key = reader.Read<TKey>();
        T[] items = reader.Read<T[]>();
        return items is { Length: > 0 }
            ? items.ToLookup(_ => key, s_oneGroup).First()
            : throw new PickleException("The message has a group without elements.");
    }

    /// <summary>Spares the key to be hashed, which may be incomplete as yet.</summary>
    private sealed class OneGroup : IEqualityComparer<TKey>
    {
        public bool Equals(TKey? x, TKey? y) => true;

        public int GetHashCode(TKey obj) => 0;
    }
}
