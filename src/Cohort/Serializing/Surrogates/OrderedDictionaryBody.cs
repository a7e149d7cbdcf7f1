namespace Cohort.Serializing;

/// <summary>An ordered dictionary with its comparer.</summary>
internal sealed class OrderedDictionaryBody<TKey, TValue> : SequenceBody<OrderedDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    protected override bool UsesItems => true;

    protected override void WriteHeader(PickleWriter writer, OrderedDictionary<TKey, TValue> value) =>
        Comparers.Write(writer, value.Comparer);

    protected override KeyValuePair<TKey, TValue>[] ToArray(OrderedDictionary<TKey, TValue> value) => [.. value];

    protected override OrderedDictionary<TKey, TValue> Begin(PickleReader reader) => new(Comparers.Read<TKey>(reader));

    protected override OrderedDictionary<TKey, TValue> Fill(OrderedDictionary<TKey, TValue> value, KeyValuePair<TKey, TValue>[] items)
    {
        foreach (KeyValuePair<TKey, TValue> item in items)
        {
            value[item.Key] = item.Value;
        }

        return value;
    }

    protected override bool HasAll(OrderedDictionary<TKey, TValue> value, KeyValuePair<TKey, TValue>[] items) =>
        Array.TrueForAll(items, item => value.ContainsKey(item.Key));

    protected override void Clear(OrderedDictionary<TKey, TValue> value) => value.Clear();
}
