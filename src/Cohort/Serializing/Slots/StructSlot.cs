namespace Cohort.Serializing;

/// <summary>A struct with something in it that is not raw. Its body writes at least one byte.</summary>
internal sealed class StructSlot<T> : Slot<T>
{
    public override void Write(PickleWriter writer, ref T value) => Body<T>.Instance.Write(writer, ref value);

    public override T Read(PickleReader reader) => Body<T>.Instance.Read(reader, Body.NoObject);
}
