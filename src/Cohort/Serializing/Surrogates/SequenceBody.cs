namespace Cohort.Serializing;

/// <summary>
/// A collection that is emptied into an array and filled from one: those that other threads may be changing, and those
/// whose inside depends on the hashes of this process.
/// </summary>
internal abstract class SequenceBody<TCollection, T> : Body<TCollection>
    where TCollection : class
{
    /// <summary>Whether <see cref="Fill"/> changes the object that <see cref="Begin"/> made, instead of making another.</summary>
    protected virtual bool IsMutable => true;

    /// <summary>Whether filling hashes or compares the items, so that they must be complete.</summary>
    protected virtual bool UsesItems => false;

    /// <summary>What <see cref="Begin"/> reads: comparers.</summary>
    protected virtual void WriteHeader(PickleWriter writer, TCollection value)
    {
    }

    protected abstract T[] ToArray(TCollection value);

    /// <summary>An empty collection.</summary>
    protected abstract TCollection Begin(PickleReader reader);

    protected abstract TCollection Fill(TCollection value, T[] items);

    public override void Write(PickleWriter writer, ref TCollection value)
    {
        writer.CompletePartsOnly++;
        WriteHeader(writer, value);
        Elements.WriteCounted(writer, ToArray(value).AsSpan());
        writer.CompletePartsOnly--;
    }

    public override TCollection Read(PickleReader reader, int id)
    {
        TCollection value = Begin(reader);
        if (IsMutable)
        {
            reader.SetObject(id, value);
        }

        KeyWatch watch = new(reader, id);
        watch.Start();
        T[] items = Elements.ReadCounted<T>(reader);
        bool wait = UsesItems && IsMutable && watch.SawOlder;
        watch.End();
        if (!wait)
        {
            return Fill(value, items);
        }

        reader.AddFixup(() => Fill(value, items));
        return value;
    }
}
