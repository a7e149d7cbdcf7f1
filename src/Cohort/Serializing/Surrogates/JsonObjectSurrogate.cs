using System.Text.Json.Nodes;

namespace Cohort.Serializing;

/// <summary>A JSON object by its properties in order.</summary>
internal sealed class JsonObjectSurrogate : Surrogate<JsonObject>
{
    protected override void Write(PickleWriter writer, JsonObject value)
    {
        writer.Write(value.Options);
        Elements.WriteCounted(writer, value.ToArray().AsSpan());
    }

    protected override JsonObject Read(PickleReader reader, int id)
    {
        JsonObject result = new(reader.Read<JsonNodeOptions?>());
        reader.SetObject(id, result);
        foreach (KeyValuePair<string, JsonNode?> property in Elements.ReadCounted<KeyValuePair<string, JsonNode?>>(reader))
        {
            result.Add(property);
        }

        return result;
    }
}
