namespace Cohort.Serializing;

/// <summary>A reference: null, an object that is known already, or a new one of this type or a derived one.</summary>
internal sealed class ReferenceSlot<T> : Slot<T>
{
    public override void Write(PickleWriter writer, ref T value)
    {
        object? target = value;
        if (target is null)
        {
            writer.WriteByte(SlotTag.Null);
        }
        else if (target.GetType() == typeof(T))
        {
            if (!writer.TryWriteReference(target))
            {
                writer.WriteNew(Body<T>.Instance, target, exact: true);
            }
        }
        else
        {
            References.WriteOther(writer, target, typeof(T));
        }
    }

    public override T Read(PickleReader reader)
    {
        uint tag = reader.ReadVar();
        if (tag == SlotTag.Exact)
        {
            int id = reader.ReserveObject();
            object value = reader.ReadBody(Body<T>.Instance, id);
            reader.SetObject(id, value);
            return (T)value;
        }

        if (tag == SlotTag.Null)
        {
            return default!;
        }

        if (tag == SlotTag.DeferredExact)
        {
            return (T)reader.ReadDeferred(Body<T>.Instance, reader.ReserveObject());
        }

        return References.ReadOther(reader, tag, typeof(T)) is T other
            ? other
            : throw new PickleException($"The message has an object of another type where {TypeDisplay.Of(typeof(T))} belongs.");
    }
}
