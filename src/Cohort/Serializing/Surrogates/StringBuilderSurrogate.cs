using System.Text;

namespace Cohort.Serializing;

/// <summary>A string builder by its text.</summary>
internal sealed class StringBuilderSurrogate : Surrogate<StringBuilder>
{
    protected override void Write(PickleWriter writer, StringBuilder value)
    {
        writer.WriteInt32(value.MaxCapacity);
        writer.WriteString(value.ToString());
    }

    protected override StringBuilder Read(PickleReader reader, int id)
    {
        int maxCapacity = reader.ReadInt32();
        string text = reader.ReadString() ?? "";
        return new StringBuilder(text.Length, maxCapacity).Append(text);
    }
}
