using System.Reflection;

namespace Cohort.Serializing;

/// <summary>The result of ToLookup: its comparer and its items with their keys, hashed anew.</summary>
internal sealed class LookupBody<TKey, T> : SequenceBody<Lookup<TKey, T>, KeyValuePair<TKey, T>>
{
    private static readonly FieldInfo s_comparer =
        typeof(Lookup<TKey, T>).GetField("_comparer", BindingFlags.Instance | BindingFlags.NonPublic)!;

    protected override bool IsMutable => false;

    protected override bool UsesItems => true;

    protected override void WriteHeader(PickleWriter writer, Lookup<TKey, T> value) => Comparers.Write(writer, ComparerOf(value));

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

    protected override Lookup<TKey, T> Fill(Lookup<TKey, T> value, KeyValuePair<TKey, T>[] items) => Make(items, ComparerOf(value));

    protected override bool HasAll(Lookup<TKey, T> value, KeyValuePair<TKey, T>[] items) =>
        value.Count == Fill(value, items).Count && Array.TrueForAll(items, pair => value.Contains(pair.Key));

    private static IEqualityComparer<TKey>? ComparerOf(Lookup<TKey, T> value) => (IEqualityComparer<TKey>?)s_comparer.GetValue(value);

    /// <summary>By way of a list: of an empty array, the framework makes a lookup of another type.</summary>
    private static Lookup<TKey, T> Make(KeyValuePair<TKey, T>[] pairs, IEqualityComparer<TKey>? comparer) =>
        (Lookup<TKey, T>)new List<KeyValuePair<TKey, T>>(pairs).ToLookup(static pair => pair.Key, static pair => pair.Value, comparer);
}
