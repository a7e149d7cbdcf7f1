using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Docs;

/// <summary>The programs of docs/talk-to-python.md run in pairs, and print what the page says.</summary>
public sealed class TalkToPythonTests(ExampleFolder programs) : IClassFixture<ExampleFolder>
{
    private const int Limit = 120_000;
    private const string Page = "docs/talk-to-python.md";

    private static readonly Lazy<IReadOnlyList<TalkExample>> s_examples = new(static () =>
        TalkExample.Read(Page, File.ReadAllText(RepositoryFolder.PathOf("docs", "talk-to-python.md"))));

    /// <summary>Each pair with the oldest Python 3 and with the newest.</summary>
    public static TheoryData<string, string?> Examples
    {
        get
        {
            string?[] found = [.. Pythons.Found.Where(static python => !python.Contains("/2.", StringComparison.Ordinal))];
            IEnumerable<string?> pythons = found.Length > 0 ? found.Take(1).Concat(found.Where(IsInstalled).TakeLast(1)).Distinct() : [null];
            return [.. from example in s_examples.Value from python in pythons select (example.Name, python)];
        }
    }

    [Fact]
    public void The_page_has_at_least_three_pairs_with_each_language_as_the_listener()
    {
        Assert.True(s_examples.Value.Count >= 3, $"{s_examples.Value.Count} pairs");
        Assert.Contains(s_examples.Value, static example => example.Listener.Language == TalkExample.CSharp);
        Assert.Contains(s_examples.Value, static example => example.Listener.Language == TalkExample.Python);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Examples))]
    public async Task Two_programs_talk_and_print_what_the_page_shows(string name, string? python)
    {
        Assert.SkipWhen(python is null, "there is no Python 3 on this machine");
        TalkExample example = s_examples.Value.Single(found => found.Name == name);
        using TemporaryFolder folder = new();
        LaunchRequest client = Request(example, example.Client, python!, folder);

        await using ChildOutput listening = ChildOutput.Start(Request(example, example.Listener, python!, folder));
        string first = await listening.ReadLineAsync().Watched();
        await using ChildOutput connected = ChildOutput.Start(client);
        string[] texts = await Task.WhenAll(listening.ReadToEndAsync(), connected.ReadToEndAsync()).Watched();

        await AssertPrinted(example, example.Listener, listening, $"{first}\n{texts[0]}");
        await AssertPrinted(example, example.Client, connected, texts[1]);
    }

    [Fact]
    public void Read_Programs_PairsThoseOfASection()
    {
        TalkExample example = Assert.Single(TalkExample.Read(
            "a.md", "## A\n```python\nlisten()\n```\n```text\nhere\n```\nand\n```cs\nTalk();\n```\n```text\nthere\n```\n```csharp\nAlone();\n```\n"));
        Assert.Equal("a.md:2", example.Name);
        Assert.Equal(new TalkProgram("python", 2, "listen()", "here"), example.Listener);
        Assert.Equal(new TalkProgram("cs", 9, "Talk();", "there"), example.Client);
    }

    [Theory]
    [InlineData("```python\na\n```\n```text\nb\n```\n")]
    [InlineData("```python\na\n```\n```cs\nb\n```\n")]
    [InlineData("```python\na\n```\n```text\nb\n```\n```python\na\n```\n```text\nb\n```\n")]
    [InlineData("```python\na\n```\n```text\nb\n```\n## B\n```cs\na\n```\n```text\nb\n```\n")]
    public void Read_WhatIsNoPair_Throws(string text) => Assert.Throws<FormatException>(() => TalkExample.Read("a.md", text));

    /// <summary>Whether it is one of those that are kept beside each other, whose order is known.</summary>
    private static bool IsInstalled(string? python) => python!.Contains("/versions/", StringComparison.Ordinal) || Pythons.Found.Count == 1;

    private LaunchRequest Request(TalkExample example, TalkProgram program, string python, TemporaryFolder folder)
    {
        string[] command = program.Language == TalkExample.Python
            ? [python, "-u", folder.Write("talk.py", program.Code)]
            : [ProgramRun.Dotnet, programs.Compile($"{example.Document}:{program.Line}", program.Code)];
        return new LaunchRequest { FileName = command[0], Arguments = command, WorkingDirectory = folder.Root };
    }

    private static async Task AssertPrinted(TalkExample example, TalkProgram program, ChildOutput child, string printed)
    {
        int? exitCode = (await child.Process.Exit.Watched()).ExitCode;
        Assert.True(
            exitCode == 0 && PrintedText.Matches(program.Output, printed),
            $"{example.Document}:{program.Line} ended with {exitCode}, shows:\n{program.Output}\n\nand printed:\n{printed}");
    }
}
