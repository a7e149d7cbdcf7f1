using Cohort.Analyzers;
using Cohort.Tests.Docs;
using Cohort.Tests.Support;

namespace Cohort.Tests.Analyzers;

public sealed class DocumentTests
{
    /// <summary>Examples that show what happens when the warning is not heeded.</summary>
    private static readonly Dictionary<string, string[]> s_shown = new()
    {
        ["docs/serialization.md"] = ["COHORT001 report"],
    };

    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(RepositoryFolder.PathOf("docs"), "*.md").Append(RepositoryFolder.PathOf("README.md"))
            .Select(static path => Path.GetRelativePath(RepositoryFolder.Root, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task No_example_is_warned_of_except_those_that_show_a_refusal(string page)
    {
        List<string> said = [];
        foreach (DocumentExample example in DocumentExample.Read(page, File.ReadAllText(RepositoryFolder.PathOf(page))))
        {
            said.AddRange(await Analyzed.Said(example.Code));
        }

        Assert.Equal(s_shown.GetValueOrDefault(page, []), said);
    }

    [Fact]
    public void The_page_has_a_section_for_each_rule()
    {
        string page = File.ReadAllText(RepositoryFolder.PathOf("docs", "analyzers.md"));
        Assert.All(new PickledAnalyzer().SupportedDiagnostics, rule => Assert.Contains($"\n## {rule.Id}: ", page, StringComparison.Ordinal));
    }
}
