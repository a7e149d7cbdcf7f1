using System.Text.Json;

namespace Cohort.Serializing;

/// <summary>A part of a JSON document, as a document of its own.</summary>
internal sealed class JsonElementBody : Body<JsonElement>
{
    public override void Write(PickleWriter writer, ref JsonElement value) =>
        writer.WriteString(value.ValueKind == JsonValueKind.Undefined ? null : value.GetRawText());

    public override JsonElement Read(PickleReader reader, int id) =>
        reader.ReadString() is { } text ? JsonElement.Parse(text, JsonTexts.Options) : default;
}
