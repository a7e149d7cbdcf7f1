namespace Cohort.Tests.Docs;

/// <summary>
/// A <c>csharp</c> block of a document: a whole program. A <c>text</c> block right after it is what it prints, and a
/// <c>text stderr</c> block what it prints to standard error.
/// </summary>
internal sealed record DocumentExample(string Document, int Line, string Code, string? Output, string? Errors)
{
    /// <summary>What a test calls it: "docs/pools.md:12".</summary>
    public string Name => $"{Document}:{Line}";

    public static IReadOnlyList<DocumentExample> Read(string document, string text)
    {
        List<DocumentExample> examples = [];
        DocumentExample? last = null;
        foreach (Fence fence in Fence.Read(document, text))
        {
            switch (fence.Kind)
            {
                case "csharp":
                    last = new DocumentExample(document, fence.Line, fence.Content, null, null);
                    examples.Add(last);
                    continue;
                case "text" when last is { Output: null, Errors: null }:
                    last = last with { Output = fence.Content };
                    examples[^1] = last;
                    continue;
                case "text stderr" when last is { Errors: null }:
                    last = last with { Errors = fence.Content };
                    examples[^1] = last;
                    continue;
                default:
                    last = null;
                    continue;
            }
        }

        return examples;
    }
}
