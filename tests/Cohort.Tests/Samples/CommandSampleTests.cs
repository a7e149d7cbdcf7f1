using System.Globalization;
using Cohort.Tests.Support;

namespace Cohort.Tests.Samples;

/// <summary>What the samples about commands do: GitLog, ParallelConvert and Watchdog.</summary>
public sealed class CommandSampleTests : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task GitLog_prints_the_commits_that_it_was_asked_for()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/git"), "needs git");
        const string Script =
            """
            cd "$1" && git init -q . && git config user.email a@example.org && git config commit.gpgsign false
            for i in 1 2 3; do
                seq $i > file$i && git add . && git -c user.name=Author$i commit -q --date=2020-01-0${i}T00:00:00Z -m "Change $i"
            done
            """;
        await ProgramRun.SucceedAsync("sh", ["-c", Script, "sh", _folder.Root], s_longest);

        ProgramRun run = await RunAsync("GitLog", [_folder.Root, "2"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Matches(@"^[0-9a-f]+ 2020-01-03 \+3 -0 Change 3\n[0-9a-f]+ 2020-01-02 \+2 -0 Change 2\nAuthor3: 1 commits, 3 lines\nAuthor2: 1 commits, 2 lines\n$", run.Output);
    }

    [Fact]
    public async Task GitLog_of_what_is_no_repository_says_what_git_said()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/git"), "needs git");
        ProgramRun run = await RunAsync("GitLog", ["/nowhere"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("cannot change to '/nowhere'", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ParallelConvert_converts_all_that_it_can_and_sums_up()
    {
        string source = Directory.CreateDirectory(_folder.PathOf("source")).FullName;
        string target = _folder.PathOf("target");
        for (int i = 0; i < 20; i++)
        {
            File.WriteAllText(Path.Combine(source, $"file{i:00}"), $"text {i}\n");
        }

        File.WriteAllText(Path.Combine(source, "bad"), "bad\n");
        File.WriteAllText(Path.Combine(source, "slow"), "slow\n");
        const string Tool = "read kind rest; case $kind in bad) echo broken >&2; exit 5;; slow) sleep 1000;; esac; echo \"$kind $rest\" | tr a-z A-Z";

        ProgramRun run = await RunAsync("ParallelConvert", [source, target, "3", "1", "sh", "-c", Tool]);

        Assert.Equal(1, run.ExitCode);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal("bad: return code 5 broken", lines[0]);
        Assert.Equal("slow: took longer than 1 s", lines[1]);
        Assert.StartsWith("20 of 22 converted, ", lines[2], StringComparison.Ordinal);
        Assert.Equal("TEXT 7\n", File.ReadAllText(Path.Combine(target, "file07")));
        Assert.Equal(20, Directory.GetFiles(target).Length);
    }

    [Fact]
    public async Task Watchdog_starts_again_until_all_is_well()
    {
        string marks = _folder.PathOf("marks");
        const string Script = "echo x >> \"$0\"; n=$(wc -l < \"$0\"); echo run $n; echo complaint >&2; [ $n -eq 3 ]";

        ProgramRun run = await RunAsync("Watchdog", ["5", "0.01", "sh", "-c", Script, marks]);

        Assert.True(run.ExitCode == 0, run.ToString());
        string[] lines = [.. run.Output.TrimEnd().Split('\n').Select(static line => line[25..])];
        Assert.Equal(["| run 1", "| run 2", "| run 3"], lines.Where(static line => line[0] == '|'));
        Assert.Equal(3, lines.Count(static line => line == "! complaint"));
        Assert.Equal(
            ["* started", "* ended with 1", "* again in 0.01 s", "* started", "* ended with 1", "* again in 0.02 s", "* started", "* ended with 0"],
            lines.Where(static line => line[0] == '*'));
        Assert.True(DateTime.TryParse(run.Output[..24], CultureInfo.InvariantCulture, out _));
    }

    [Fact]
    public async Task Watchdog_gives_up_with_the_last_code()
    {
        ProgramRun run = await RunAsync("Watchdog", ["2", "0.01", "sh", "-c", "kill -9 $$"]);
        Assert.Equal(128 + 9, run.ExitCode);
        Assert.Equal(127, (await RunAsync("Watchdog", ["2", "0.01", "/nowhere/at/all"])).ExitCode);
    }

    [Theory]
    [InlineData("GitLog")]
    [InlineData("GitLog", ".", "none")]
    [InlineData("ParallelConvert", "/nowhere", "x", "1", "1", "cat")]
    [InlineData("ParallelConvert", "/tmp", "x", "0", "1", "cat")]
    [InlineData("Watchdog", "0", "1", "true")]
    public async Task Other_arguments_are_refused(string sample, params string[] arguments)
    {
        ProgramRun run = await RunAsync(sample, arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("usage:", run.Errors, StringComparison.Ordinal);
    }

    private static Task<ProgramRun> RunAsync(string sample, IEnumerable<string> arguments) =>
        ProgramRun.RunAsync(ProgramRun.Dotnet, [BuiltProgram.PathOf($"samples/{sample}", sample), .. arguments], s_longest);
}
