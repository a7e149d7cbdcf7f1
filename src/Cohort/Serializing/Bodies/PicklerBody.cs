namespace Cohort.Serializing;

/// <summary>A type with a pickler of its own.</summary>
internal sealed class PicklerBody<T>(IPickler<T> pickler) : Body<T>
{
    public override void Write(PickleWriter writer, ref T value)
    {
        if (typeof(T).IsValueType)
        {
            // The pickler may write nothing, but a slot takes at least one byte.
            writer.WriteByte(0);
        }

        writer.CompletePartsOnly++;
        pickler.Write(writer, value);
        writer.CompletePartsOnly--;
    }

    public override T Read(PickleReader reader, int id)
    {
        if (typeof(T).IsValueType)
        {
            reader.ReadByte();
        }

        return pickler.Read(reader) ?? throw new PickleException(
            $"{TypeDisplay.Of(pickler.GetType())}.Read returned null for a {TypeDisplay.Of(typeof(T))}.");
    }
}
