namespace Cohort.Serializing;

/// <summary>Keys and values of dictionaries.</summary>
internal static class Entries<TKey, TValue>
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

    /// <summary>
    /// Reads the entries and adds each one at once, or all of them when the whole value is there; see
    /// <see cref="KeyWatch"/>.
    /// </summary>
    public static void Read(PickleReader reader, int id, int count, Action<TKey, TValue> add)
    {
        KeyWatch watch = new(reader, id);
        List<KeyValuePair<TKey, TValue>>? waiting = null;
        for (int i = 0; i < count; i++)
        {
            watch.Start();
            TKey key = Slot<TKey>.Instance.Read(reader);
            bool older = watch.SawOlder;
            TValue value = Slot<TValue>.Instance.Read(reader);
            if (key is null)
            {
                throw new PickleException("The message has a null as a key.");
            }

            if (waiting is null && !older)
            {
                add(key, value);
            }
            else
            {
                (waiting ??= []).Add(new KeyValuePair<TKey, TValue>(key, value));
            }
        }

        watch.End();
        if (waiting is not null)
        {
            reader.AddFixup(() => waiting.ForEach(entry => add(entry.Key, entry.Value)));
        }
    }
}
