namespace Cohort.Serializing;

/// <summary>A nullable struct that is not raw: whether there is a value, and the value.</summary>
internal sealed class NullableBody<T> : Body<T?>
    where T : struct
{
    public override void Write(PickleWriter writer, ref T? value)
    {
        writer.WriteBoolean(value.HasValue);
        if (value.HasValue)
        {
            T inner = value.GetValueOrDefault();
            Slot<T>.Instance.Write(writer, ref inner);
        }
    }

    public override T? Read(PickleReader reader, int id) => reader.ReadBoolean() ? Slot<T>.Instance.Read(reader) : null;
}
