using System.Text.Json.Nodes;

namespace Cohort.Serializing;

/// <summary>A JSON leaf as text. A node travels with what is below it and without its parent.</summary>
internal sealed class JsonValueSurrogate : Surrogate<JsonValue>
{
    protected override void Write(PickleWriter writer, JsonValue value) => writer.WriteString(value.ToJsonString());

    protected override JsonValue Read(PickleReader reader, int id) =>
        JsonNode.Parse(reader.ReadString() ?? "", null, JsonTexts.Options) as JsonValue
        ?? throw new PickleException("The message has a JSON value that is none.");
}
