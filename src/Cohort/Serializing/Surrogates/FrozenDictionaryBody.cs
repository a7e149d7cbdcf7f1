using System.Collections.Frozen;

namespace Cohort.Serializing;

/// <summary>A frozen dictionary, frozen anew: its shape depends on hashes.</summary>
internal sealed class FrozenDictionaryBody<TKey, TValue> : SequenceBody<FrozenDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    public override Type WireType => typeof(FrozenDictionary<TKey, TValue>);

    protected override bool IsMutable => false;

    protected override bool UsesItems => true;

    protected override void WriteHeader(PickleWriter writer, FrozenDictionary<TKey, TValue> value) =>
        Comparers.Write(writer, value.Comparer);

    protected override KeyValuePair<TKey, TValue>[] ToArray(FrozenDictionary<TKey, TValue> value) => [.. value];

    protected override FrozenDictionary<TKey, TValue> Begin(PickleReader reader) =>
        Array.Empty<KeyValuePair<TKey, TValue>>().ToFrozenDictionary(Comparers.Read<TKey>(reader));

    protected override FrozenDictionary<TKey, TValue> Fill(FrozenDictionary<TKey, TValue> value, KeyValuePair<TKey, TValue>[] items) =>
        items.ToFrozenDictionary(value.Comparer);

    protected override bool HasAll(FrozenDictionary<TKey, TValue> value, KeyValuePair<TKey, TValue>[] items) =>
        value.Count == items.Length && Array.TrueForAll(items, pair => value.ContainsKey(pair.Key));
}
