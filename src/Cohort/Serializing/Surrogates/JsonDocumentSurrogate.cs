using System.Text.Json;

namespace Cohort.Serializing;

/// <summary>A JSON document as text; it rents its memory here.</summary>
internal sealed class JsonDocumentSurrogate : Surrogate<JsonDocument>
{
    protected override void Write(PickleWriter writer, JsonDocument value) => writer.WriteString(value.RootElement.GetRawText());

    protected override JsonDocument Read(PickleReader reader, int id) =>
        JsonDocument.Parse(reader.ReadString() ?? "", JsonTexts.Options);
}
