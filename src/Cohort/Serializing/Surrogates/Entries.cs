namespace Cohort.Serializing;

/// <summary>Keys and values of dictionaries.</summary>
internal static class Entries<TKey, TValue>
    where TKey : notnull
{
    /// <summary>Whether keys are complete as soon as they are read, whatever else the message holds.</summary>
    public static readonly bool AreSimple = typeof(TKey) == typeof(string) || RawSpans<TKey>.IsRaw;

    public static void Write(PickleWriter writer, TKey key, TValue value)
    {
        writer.Tracker?.Push(".Keys");
        Slot<TKey>.Instance.Write(writer, ref key);
        if (writer.Tracker is { } tracker)
        {
            tracker.Pop();
            tracker.PushKey(key);
        }

        Slot<TValue>.Instance.Write(writer, ref value);
        writer.Tracker?.Pop();
    }

    /// <summary>Reads the entries and adds them; see <see cref="KeyWatch"/>.</summary>
    public static void Read(PickleReader reader, int id, int count, Dictionary<TKey, TValue> target)
    {
        KeyWatch watch = new(reader, id);
        List<KeyValuePair<TKey, TValue>>? unsure = null;
        for (int i = 0; i < count; i++)
        {
            watch.Start();
            TKey key = Slot<TKey>.Instance.Read(reader);
            bool isUnsure = watch.IsUnsure;
            TValue value = Slot<TValue>.Instance.Read(reader);
            if (key is null)
            {
                throw new PickleException("The message has a null as a key.");
            }

            if (unsure is null && !isUnsure)
            {
                target[key] = value;
            }
            else
            {
                (unsure ??= [.. target]).Add(new KeyValuePair<TKey, TValue>(key, value));
            }
        }

        watch.End();
        if (unsure is not null)
        {
            Trust.Fill(() => Fill(target, unsure));
            reader.AddFixup(() => Trust.Refill(
                () => unsure.TrueForAll(entry => target.ContainsKey(entry.Key)),
                () => Refill(target, unsure)));
        }
    }

    private static void Fill(Dictionary<TKey, TValue> target, List<KeyValuePair<TKey, TValue>> entries) =>
        entries.ForEach(entry => target[entry.Key] = entry.Value);

    /// <summary>Callbacks may have added something meanwhile, which stays.</summary>
    private static void Refill(Dictionary<TKey, TValue> target, List<KeyValuePair<TKey, TValue>> entries)
    {
        KeyValuePair<TKey, TValue>[] present = [.. target];
        target.Clear();
        Fill(target, entries);
        if (present.Length > entries.Count)
        {
            Array.ForEach(present, entry => target.TryAdd(entry.Key, entry.Value));
        }
    }
}
