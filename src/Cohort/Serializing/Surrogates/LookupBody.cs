using System.Reflection;

namespace Cohort.Serializing;

/// <summary>The result of ToLookup: its comparer and its items with their keys, hashed anew.</summary>
internal sealed class LookupBody<TKey, T> : Body<Lookup<TKey, T>>
{
    private static readonly FieldInfo s_comparer =
        typeof(Lookup<TKey, T>).GetField("_comparer", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public override void Write(PickleWriter writer, ref Lookup<TKey, T> value)
    {
        writer.CompletePartsOnly++;
        Comparers.Write(writer, (IEqualityComparer<TKey>?)s_comparer.GetValue(value));
        Elements.WriteCounted(writer, ToPairs(value).AsSpan());
        writer.CompletePartsOnly--;
    }

    public override Lookup<TKey, T> Read(PickleReader reader, int id)
    {
        IEqualityComparer<TKey>? comparer = Comparers.Read<TKey>(reader);
        KeyValuePair<TKey, T>[] pairs = Elements.ReadCounted<KeyValuePair<TKey, T>>(reader);
        return pairs.ToLookup(static x => x.Key, static x => x.Value, comparer) as Lookup<TKey, T>
            ?? throw new PickleException("The message has a lookup without items.");
    }

    private static KeyValuePair<TKey, T>[] ToPairs(Lookup<TKey, T> value)
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
}
