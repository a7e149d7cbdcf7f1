using System.Reflection;

namespace Cohort.Serializing;

/// <summary>The result of ToLookup: groups of items, hashed anew.</summary>
internal sealed class LookupBody<TKey, T> : SequenceBody<Lookup<TKey, T>, KeyValuePair<TKey, T>>
{
    private static readonly FieldInfo s_comparer =
        typeof(Lookup<TKey, T>).GetField("_comparer", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public override Type WireType => typeof(Lookup<TKey, T>);

    protected override bool IsMutable => false;

    protected override void WriteHeader(PickleWriter writer, Lookup<TKey, T> value) =>
        Comparers.Write(writer, (IEqualityComparer<TKey>?)s_comparer.GetValue(value));

    protected override KeyValuePair<TKey, T>[] ToArray(Lookup<TKey, T> value)
    {
        List<KeyValuePair<TKey, T>> pairs = [];
        foreach (IGrouping<TKey, T> group in value)
        {
            foreach (T item in group)
            {
                pairs.Add(new KeyValuePair<TKey, T>(group.Key, item));
            }
        }

        return [.. pairs];
    }

    protected override Lookup<TKey, T> Begin(PickleReader reader) => Make([], Comparers.Read<TKey>(reader));

    protected override Lookup<TKey, T> Fill(Lookup<TKey, T> value, KeyValuePair<TKey, T>[] items) =>
        Make(items, (IEqualityComparer<TKey>?)s_comparer.GetValue(value));

    /// <summary>An item is looked at first, as a lookup without items is another, shared object without a comparer.</summary>
    private static Lookup<TKey, T> Make(KeyValuePair<TKey, T>[] items, IEqualityComparer<TKey>? comparer) =>
        (Lookup<TKey, T>)items.ToLookup(static x => x.Key, static x => x.Value, comparer);
}
