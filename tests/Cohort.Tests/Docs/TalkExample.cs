namespace Cohort.Tests.Docs;

/// <summary>A program of a <see cref="TalkExample"/>: its language is <c>python</c> or <c>cs</c>.</summary>
internal sealed record TalkProgram(string Language, int Line, string Code, string Output);

/// <summary>
/// Two programs of one section of a document that talk, each followed by a <c>text</c> block with what it prints. The first
/// is the one that listens: it prints a line as soon as it does.
/// </summary>
internal sealed record TalkExample(string Document, TalkProgram Listener, TalkProgram Client)
{
    public const string Python = "python";
    public const string CSharp = "cs";

    /// <summary>What a test calls it: "docs/talk-to-python.md:12".</summary>
    public string Name => $"{Document}:{Listener.Line}";

    /// <exception cref="FormatException">A program has no partner, or nothing that it prints.</exception>
    public static IReadOnlyList<TalkExample> Read(string document, string text)
    {
        List<TalkProgram> programs = [];
        Fence? code = null;
        foreach (Fence fence in Fence.Read(document, text))
        {
            if (code is not null)
            {
                programs.Add(fence.Kind == "text"
                    ? new TalkProgram(code.Kind, code.Line, code.Content, fence.Content)
                    : throw new FormatException($"{document}:{code.Line}: what the program prints does not follow"));
                code = null;
            }
            else if (fence.Kind is Python or CSharp)
            {
                code = fence;
            }
        }

        return code is null && programs.Count % 2 == 0
            ? [.. programs.Chunk(2).Select(pair => Pair(document, text, pair[0], pair[1]))]
            : throw new FormatException($"{document}: {programs.Count} programs with what they print are no pairs");
    }

    private static TalkExample Pair(string document, string text, TalkProgram listener, TalkProgram client)
    {
        bool isOneSection = !text.ReplaceLineEndings("\n").Split('\n')[listener.Line..client.Line]
            .Any(static line => line.StartsWith("## ", StringComparison.Ordinal));
        return isOneSection && listener.Language != client.Language
            ? new TalkExample(document, listener, client)
            : throw new FormatException($"{document}:{listener.Line}: no section has this program and one in the other language");
    }
}
