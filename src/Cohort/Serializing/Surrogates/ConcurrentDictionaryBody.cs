using System.Collections.Concurrent;

namespace Cohort.Serializing;

/// <summary>A snapshot of the dictionary with its comparer; a derived class's own fields follow.</summary>
internal sealed class ConcurrentDictionaryBody<TDictionary, TKey, TValue> : SequenceBody<TDictionary, KeyValuePair<TKey, TValue>>
    where TDictionary : ConcurrentDictionary<TKey, TValue>
    where TKey : notnull
{
    private readonly DerivedPart<TDictionary> _derived = new(typeof(ConcurrentDictionary<TKey, TValue>));

    protected override bool UsesItems => true;

    public override void Write(PickleWriter writer, ref TDictionary value)
    {
        base.Write(writer, ref value);
        _derived.Write(writer, ref value);
    }

    public override TDictionary Read(PickleReader reader, int id)
    {
        TDictionary value = base.Read(reader, id);
        _derived.Read(reader, ref value);
        return value;
    }

    protected override void WriteHeader(PickleWriter writer, TDictionary value) => Comparers.Write(writer, value.Comparer);

    protected override KeyValuePair<TKey, TValue>[] ToArray(TDictionary value) => value.ToArray();

    protected override TDictionary Begin(PickleReader reader)
    {
        IEqualityComparer<TKey>? comparer = Comparers.Read<TKey>(reader);
        return _derived.IsExact
            ? (TDictionary)new ConcurrentDictionary<TKey, TValue>(comparer)
            : _derived.Construct([comparer], [typeof(IEqualityComparer<TKey>)]);
    }

    protected override TDictionary Fill(TDictionary value, KeyValuePair<TKey, TValue>[] items)
    {
        foreach (KeyValuePair<TKey, TValue> item in items)
        {
            value[item.Key] = item.Value;
        }

        return value;
    }

    protected override bool HasAll(TDictionary value, KeyValuePair<TKey, TValue>[] items) => Array.TrueForAll(items, item => value.ContainsKey(item.Key));

    protected override void Clear(TDictionary value) => value.Clear();
}
