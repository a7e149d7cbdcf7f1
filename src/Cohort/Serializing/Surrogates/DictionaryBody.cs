namespace Cohort.Serializing;

/// <summary>
/// A dictionary: its comparer and its entries, hashed anew where it arrives, since the hashes of strings differ between
/// processes. <typeparamref name="TDictionary"/> may be a derived class; its own fields follow.
/// </summary>
internal sealed class DictionaryBody<TDictionary, TKey, TValue> : Body<TDictionary>
    where TDictionary : Dictionary<TKey, TValue>
    where TKey : notnull
{
    private readonly DerivedPart<TDictionary> _derived = new(typeof(Dictionary<TKey, TValue>));

    public override void Write(PickleWriter writer, ref TDictionary value)
    {
        int complete = Entries<TKey, TValue>.AreSimple ? 0 : 1;
        writer.CompletePartsOnly += complete;
        writer.WriteVar((uint)value.Count);
        Comparers.Write(writer, value.Comparer);
        foreach (KeyValuePair<TKey, TValue> entry in (Dictionary<TKey, TValue>)value)
        {
            Entries<TKey, TValue>.Write(writer, entry.Key, entry.Value);
        }

        _derived.Write(writer, ref value);
        writer.CompletePartsOnly -= complete;
    }

    public override TDictionary Read(PickleReader reader, int id)
    {
        int count = reader.ReadCount();
        IEqualityComparer<TKey>? comparer = Comparers.Read<TKey>(reader);
        TDictionary value = _derived.IsExact
            ? (TDictionary)new Dictionary<TKey, TValue>(count, comparer)
            : _derived.Construct([count, comparer], [typeof(int), typeof(IEqualityComparer<TKey>)]);
        reader.SetObject(id, value);
        if (Entries<TKey, TValue>.AreSimple)
        {
            for (int i = 0; i < count; i++)
            {
                TKey key = Slot<TKey>.Instance.Read(reader);
                value[key] = Slot<TValue>.Instance.Read(reader);
            }
        }
        else
        {
            Entries<TKey, TValue>.Read(reader, id, count, value);
        }

        _derived.Read(reader, ref value);
        return value;
    }
}
