namespace Cohort.Serializing;

/// <summary>A string or null.</summary>
internal sealed class StringSlot : Slot<string?>
{
    public override void Write(PickleWriter writer, ref string? value) => writer.WriteString(value);

    public override string? Read(PickleReader reader) => reader.ReadString();
}
