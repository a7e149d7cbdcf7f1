using Cohort.Tests.Support;

namespace Cohort.Tests.Docs;

/// <summary>Every C# block of the README and of docs/ is a program: it compiles, runs, and prints what the page says.</summary>
public sealed class DocumentExampleTests(ExampleFolder folder) : IClassFixture<ExampleFolder>
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Dictionary<string, DocumentExample>> s_examples = new(ReadAll);

    public static TheoryData<string> Examples => [.. s_examples.Value.Keys];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_compiles_and_prints_what_its_page_shows(string name)
    {
        DocumentExample example = s_examples.Value[name];
        string program = folder.Compile(example.Name, example.Code);

        ProgramRun run = await ProgramRun.RunAsync(ProgramRun.Dotnet, [program], s_longest, Path.GetDirectoryName(program));

        Assert.True(run.ExitCode == 0, $"{name}\n{run}");
        Assert.True(example.Output is null || PrintedText.Matches(example.Output, run.Output), $"{name} shows:\n{example.Output}\n\n{run}");
        Assert.True(PrintedText.Matches(example.Errors ?? "", run.Errors), $"{name} shows on standard error:\n{example.Errors}\n\n{run}");
    }

    [Fact]
    public void Every_page_about_a_feature_has_an_example()
    {
        string[] pages =
        [
            "README.md", "docs/getting-started.md", "docs/workers.md", "docs/pools.md", "docs/pool-limits.md", "docs/pool-workers.md",
            "docs/pool-debugging.md", "docs/connections.md", "docs/queues.md",
            "docs/talk-to-python.md", "docs/shared-memory.md", "docs/synchronization.md", "docs/serialization.md", "docs/faults.md",
            "docs/subprocesses.md", "docs/pipelines.md", "docs/terminals.md", "docs/from-process.md", "docs/from-cliwrap.md",
        ];
        string[] without = [.. pages
            .Where(static page => !s_examples.Value.Values.Any(example => example.Document == page))];
        Assert.Empty(without);
    }

    private static Dictionary<string, DocumentExample> ReadAll() =>
        Directory.EnumerateFiles(RepositoryFolder.Root, "*.md")
            .Concat(Directory.EnumerateFiles(RepositoryFolder.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .SelectMany(static path => DocumentExample.Read(Path.GetRelativePath(RepositoryFolder.Root, path), File.ReadAllText(path)))
            .ToDictionary(static example => example.Name);
}
