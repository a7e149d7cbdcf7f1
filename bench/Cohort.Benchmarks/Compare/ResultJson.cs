using System.Text.Json;

namespace Cohort.Benchmarks.Compare;

/// <summary>The results for programs.</summary>
internal static class ResultJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true };

    public static void Write(IEnumerable<RowResult> results, string path)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, s_options);
        json.WriteStartArray();
        foreach (RowResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("name", result.Row.Name);
            json.WriteString("unit", result.Row.Unit);
            json.WriteString("better", result.Row.Better == Better.Higher ? "higher" : "lower");
            json.WriteNumber("ours", result.Ours);
            if (result.Peer is { } peer)
            {
                json.WriteNumber("peer", peer);
            }
            else
            {
                json.WriteNull("peer");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
