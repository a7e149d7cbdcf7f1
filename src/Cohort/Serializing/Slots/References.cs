namespace Cohort.Serializing;

/// <summary>The part of <see cref="ReferenceSlot{T}"/> that is the same for all types: objects of another type than the slot's.</summary>
internal static class References
{
    public static void WriteOther(PickleWriter writer, object value, Type slotType)
    {
        Type type = value.GetType();
        if (type == typeof(string))
        {
            writer.WriteByte(SlotTag.Text);
            writer.WriteString((string)value);
            return;
        }

        Body body = Bodies.For(type);
        if (!type.IsValueType && writer.TryWriteReference(value))
        {
            return;
        }

        bool exact = body.WireType == slotType;
        if (!exact)
        {
            body.EnsureAllowed(writer);
        }

        writer.WriteNew(body, value, exact);
    }

    public static object ReadOther(PickleReader reader, uint tag, Type slotType)
    {
        if (tag >= SlotTag.FirstReference)
        {
            return reader.GetObject(tag - SlotTag.FirstReference);
        }

        if (tag == SlotTag.Text)
        {
            return reader.ReadString() ?? throw new PickleException("The message has a null where a string belongs.");
        }

        // Nothing is made of a type that the slot could not take anyway.
        Type type = reader.ReadType();
        Body body = Bodies.For(type);
        if (!body.IsSubstitute && !slotType.IsAssignableFrom(type))
        {
            throw new PickleException(
                $"The message has a {TypeDisplay.Of(type)} where {TypeDisplay.Of(slotType)} belongs.");
        }

        if (tag == SlotTag.DeferredOther)
        {
            return reader.ReadDeferred(body, reader.ReserveObject());
        }

        if (type.IsValueType)
        {
            return reader.ReadBody(body, Body.NoObject);
        }

        int id = reader.ReserveObject();
        object value = reader.ReadBody(body, id);
        reader.SetObject(id, value);
        return value;
    }
}
