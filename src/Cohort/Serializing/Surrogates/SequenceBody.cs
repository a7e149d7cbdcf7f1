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

    /// <summary>Whether all items are found: only for what uses its items.</summary>
    protected virtual bool HasAll(TCollection value, T[] items) => true;

    /// <summary>Empties what is mutable and uses its items.</summary>
    protected virtual void Clear(TCollection value)
    {
    }

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
        bool isUnsure = UsesItems && watch.IsUnsure;
        watch.End();
        if (!isUnsure)
        {
            return Fill(value, items);
        }

        if (!IsMutable)
        {
            return FillAndCheckLater(reader, value, items);
        }

        Trust.Fill(() => Fill(value, items));
        reader.AddFixup(() => Trust.Refill(() => HasAll(value, items), () => Refill(value, items)));
        return value;
    }

    /// <summary>Callbacks may have added something meanwhile, which stays.</summary>
    private void Refill(TCollection value, T[] items)
    {
        T[] present = ToArray(value);
        Clear(value);
        Fill(value, items);
        if (present.Length > items.Length)
        {
            Fill(value, Array.FindAll(present, item => !HasAll(value, [item])));
        }
    }

    /// <summary>What is not mutable cannot be filled again; where its keys were incomplete, it does not find them once they are not.</summary>
    private TCollection FillAndCheckLater(PickleReader reader, TCollection value, T[] items)
    {
        TCollection filled;
        try
        {
            filled = Fill(value, items);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            throw Refuse(fault);
        }

        reader.AddCheck(() =>
        {
            if (!HasAll(filled, items))
            {
                throw Refuse(null);
            }
        });
        return filled;
    }

    private static PickleException Refuse(Exception? cause) => new(
        $"A cycle of references leads through a key of a {TypeDisplay.Of(typeof(TCollection))}, which can be built only from complete keys.",
        cause);
}
