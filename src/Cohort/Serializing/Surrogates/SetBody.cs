namespace Cohort.Serializing;

/// <summary>A hash set, as <see cref="DictionaryBody{TDictionary, TKey, TValue}"/> is a dictionary.</summary>
internal sealed class SetBody<TSet, T> : Body<TSet>
    where TSet : HashSet<T>
{
    private readonly DerivedPart<TSet> _derived = new(typeof(HashSet<T>));

    public override void Write(PickleWriter writer, ref TSet value)
    {
        writer.CompletePartsOnly++;
        writer.WriteVar((uint)value.Count);
        Comparers.Write(writer, value.Comparer);
        int index = 0;
        foreach (T item in (HashSet<T>)value)
        {
            T copy = item;
            writer.Tracker?.PushIndex(index++);
            Slot<T>.Instance.Write(writer, ref copy);
            writer.Tracker?.Pop();
        }

        _derived.Write(writer, ref value);
        writer.CompletePartsOnly--;
    }

    public override TSet Read(PickleReader reader, int id)
    {
        int count = reader.ReadCount();
        IEqualityComparer<T>? comparer = Comparers.Read<T>(reader);
        TSet value = _derived.IsExact
            ? (TSet)new HashSet<T>(count, comparer)
            : _derived.Construct([count, comparer], [typeof(int), typeof(IEqualityComparer<T>)]);
        reader.SetObject(id, value);
        ReadItems(reader, id, count, value);
        _derived.Read(reader, ref value);
        return value;
    }

    private static void ReadItems(PickleReader reader, int id, int count, HashSet<T> target)
    {
        KeyWatch watch = new(reader, id);
        List<T>? unsure = null;
        for (int i = 0; i < count; i++)
        {
            watch.Start();
            T item = Slot<T>.Instance.Read(reader);
            if (unsure is null && !watch.IsUnsure)
            {
                target.Add(item);
            }
            else
            {
                (unsure ??= [.. target]).Add(item);
            }
        }

        watch.End();
        if (unsure is not null)
        {
            Trust.Fill(() => target.UnionWith(unsure));
            reader.AddFixup(() => Trust.Refill(() => unsure.TrueForAll(target.Contains), () => Refill(target, unsure)));
        }
    }

    /// <summary>Callbacks may have added something meanwhile, which stays.</summary>
    private static void Refill(HashSet<T> target, List<T> items)
    {
        T[] present = [.. target];
        target.Clear();
        target.UnionWith(items);
        if (present.Length > items.Count)
        {
            target.UnionWith(present);
        }
    }
}
