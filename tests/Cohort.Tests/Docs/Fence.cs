namespace Cohort.Tests.Docs;

/// <summary>A fenced block of a Markdown document.</summary>
internal sealed record Fence(string Kind, int Line, string Content)
{
    private const string Mark = "```";

    public static IEnumerable<Fence> Read(string document, string text)
    {
        string? kind = null;
        int start = 0;
        List<string> content = [];
        int number = 0;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (!line.StartsWith(Mark, StringComparison.Ordinal))
            {
                content.Add(line);
            }
            else if (kind is null)
            {
                kind = line[Mark.Length..].Trim();
                start = number;
                content.Clear();
            }
            else
            {
                yield return new Fence(kind, start, string.Join('\n', content));
                kind = null;
            }
        }

        if (kind is not null)
        {
            throw new FormatException($"{document}:{start}: the block is never closed");
        }
    }
}
