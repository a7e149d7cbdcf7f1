namespace Cohort.Serializing;

/// <summary>Runs of slots of one type.</summary>
internal static class Elements
{
    public static void Write<T>(PickleWriter writer, Span<T> items)
    {
        if (writer.Tracker is not null)
        {
            WriteTracked(writer, items);
            return;
        }

        Slot<T> slot = Slot<T>.Instance;
        for (int i = 0; i < items.Length; i++)
        {
            slot.Write(writer, ref items[i]);
        }
    }

    public static void Read<T>(PickleReader reader, Span<T> items)
    {
        Slot<T> slot = Slot<T>.Instance;
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = slot.Read(reader);
        }
    }

    /// <summary>The count and the elements.</summary>
    public static void WriteCounted<T>(PickleWriter writer, Span<T> items)
    {
        writer.WriteVar((uint)items.Length);
        Write(writer, items);
    }

    public static T[] ReadCounted<T>(PickleReader reader)
    {
        T[] items = new T[reader.ReadCount()];
        Read(reader, items.AsSpan());
        return items;
    }

    private static void WriteTracked<T>(PickleWriter writer, Span<T> items)
    {
        for (int i = 0; i < items.Length; i++)
        {
            writer.Tracker!.PushIndex(i);
            Slot<T>.Instance.Write(writer, ref items[i]);
            writer.Tracker.Pop();
        }
    }
}
