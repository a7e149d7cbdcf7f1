using System.Collections;

namespace Cohort.Serializing;

/// <summary>A hash table with its comparer; a derived class's own fields follow.</summary>
internal sealed class HashtableBody<TTable> : SequenceBody<TTable, DictionaryEntry>
    where TTable : Hashtable
{
    private readonly DerivedPart<TTable> _derived = new(typeof(Hashtable));

    protected override bool UsesItems => true;

    public override void Write(PickleWriter writer, ref TTable value)
    {
        base.Write(writer, ref value);
        _derived.Write(writer, ref value);
    }

    public override TTable Read(PickleReader reader, int id)
    {
        TTable value = base.Read(reader, id);
        _derived.Read(reader, ref value);
        return value;
    }

    protected override void WriteHeader(PickleWriter writer, TTable value) => writer.Write(HashtableFields.Comparer(value));

    protected override DictionaryEntry[] ToArray(TTable value)
    {
        DictionaryEntry[] entries = new DictionaryEntry[value.Count];
        value.CopyTo(entries, 0);
        return entries;
    }

    protected override TTable Begin(PickleReader reader)
    {
        IEqualityComparer? comparer = reader.Read<IEqualityComparer?>();
        return _derived.IsExact
            ? (TTable)new Hashtable(comparer)
            : _derived.Construct([comparer], [typeof(IEqualityComparer)]);
    }

    protected override TTable Fill(TTable value, DictionaryEntry[] items)
    {
        foreach (DictionaryEntry item in items)
        {
            value[item.Key] = item.Value;
        }

        return value;
    }

    protected override bool HasAll(TTable value, DictionaryEntry[] items) => Array.TrueForAll(items, item => value.ContainsKey(item.Key));

    protected override void Clear(TTable value) => value.Clear();
}
