using System.Text.Json.Nodes;

namespace Cohort.Serializing;

/// <summary>A JSON array by its elements.</summary>
internal sealed class JsonArraySurrogate : Surrogate<JsonArray>
{
    protected override void Write(PickleWriter writer, JsonArray value)
    {
        writer.Write(value.Options);
        Elements.WriteCounted(writer, value.ToArray().AsSpan());
    }

    protected override JsonArray Read(PickleReader reader, int id)
    {
        JsonArray array = new(reader.Read<JsonNodeOptions?>());
        reader.SetObject(id, array);
        foreach (JsonNode? item in Elements.ReadCounted<JsonNode?>(reader))
        {
            array.Add(item);
        }

        return array;
    }
}
