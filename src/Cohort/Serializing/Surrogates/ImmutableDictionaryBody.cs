using System.Collections.Immutable;

namespace Cohort.Serializing;

/// <summary>An immutable dictionary, hashed anew.</summary>
internal sealed class ImmutableDictionaryBody<TKey, TValue> : SequenceBody<ImmutableDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    protected override bool IsMutable => false;

    protected override bool UsesItems => true;

    protected override void WriteHeader(PickleWriter writer, ImmutableDictionary<TKey, TValue> value)
    {
        Comparers.Write(writer, value.KeyComparer);
        Comparers.Write(writer, value.ValueComparer);
    }

    protected override KeyValuePair<TKey, TValue>[] ToArray(ImmutableDictionary<TKey, TValue> value) => [.. value];

    protected override ImmutableDictionary<TKey, TValue> Begin(PickleReader reader) =>
        ImmutableDictionary<TKey, TValue>.Empty.WithComparers(Comparers.Read<TKey>(reader), Comparers.Read<TValue>(reader));

    protected override ImmutableDictionary<TKey, TValue> Fill(ImmutableDictionary<TKey, TValue> value, KeyValuePair<TKey, TValue>[] items) =>
        value.SetItems(items);

    protected override bool HasAll(ImmutableDictionary<TKey, TValue> value, KeyValuePair<TKey, TValue>[] items) =>
        value.Count == items.Length && Array.TrueForAll(items, pair => value.ContainsKey(pair.Key));
}
