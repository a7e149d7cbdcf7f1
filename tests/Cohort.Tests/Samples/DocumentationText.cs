using System.Text;

namespace Cohort.Tests.Samples;

/// <summary>Writes XML documentation of types that do not exist.</summary>
internal static class DocumentationText
{
    private static readonly string[] s_words =
        ["value", "stream", "reader", "element", "buffer", "offset", "handle", "socket", "thread", "result", "number", "culture"];

    /// <summary>A file of members as they are given: id and summary.</summary>
    public static string Of(params (string Id, string Summary)[] members)
    {
        StringBuilder text = Open();
        foreach ((string id, string summary) in members)
        {
            AppendMember(text, id, summary);
        }

        return Close(text);
    }

    /// <summary>A file of about that many characters: types of 20 methods, the same for the same seed.</summary>
    public static string OfLength(int characters, int seed)
    {
        StringBuilder text = Open();
        for (int type = 0; text.Length < characters; type++)
        {
            AppendMember(text, $"T:Made.Up{seed}.Type{type}", Prose(seed, type));
            for (int method = 0; method < 20; method++)
            {
                AppendMember(text, $"M:Made.Up{seed}.Type{type}.Method{method}(System.Int32)", Prose(seed + type, method));
            }
        }

        return Close(text);
    }

    private static string Prose(int seed, int number) =>
        string.Join(' ', Enumerable.Range(0, 40).Select(i => s_words[((seed * 31) + (number * 7) + (i * i)) % s_words.Length]));

    private static StringBuilder Open() => new("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<doc>\n  <assembly><name>Made</name></assembly>\n  <members>\n");

    private static void AppendMember(StringBuilder text, string id, string summary) =>
        text.Append("    <member name=\"").Append(id).Append("\">\n      <summary>").Append(summary).Append("</summary>\n    </member>\n");

    private static string Close(StringBuilder text) => text.Append("  </members>\n</doc>\n").ToString();
}
