namespace Cohort.Serializing;

/// <summary>A URI by its original text.</summary>
internal sealed class UriSurrogate : Surrogate<Uri>
{
    protected override void Write(PickleWriter writer, Uri value)
    {
        writer.WriteString(value.OriginalString);
        writer.WriteBoolean(value.IsAbsoluteUri);
    }

    protected override Uri Read(PickleReader reader, int id)
    {
        string text = reader.ReadString() ?? "";
        return new Uri(text, reader.ReadBoolean() ? UriKind.Absolute : UriKind.Relative);
    }
}
