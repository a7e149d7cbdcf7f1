using Cohort.Tests.Support;

namespace Cohort.Tests.Samples;

/// <summary>What samples/DocIndex answers with, on small folders.</summary>
public sealed class DocIndexTests : IDisposable
{
    private const int Success = 0;
    private const int SomeSkipped = 1;
    private const int Usage = 2;
    private const int NoInput = 3;

    private static readonly string s_widgets = DocumentationText.Of(
        ("T:Fruit.Basket", "Holds pears and pears and apples."),
        ("M:Fruit.Basket.Take(System.Int32)", "Takes pears out; the <paramref name=\"count\"/> says how many pears."),
        ("P:Fruit.Basket.IsEmpty", "Whether nothing is in it."),
        ("T:Fruit.CancellationBasket", "Can be cancelled with a <see cref=\"T:System.Threading.CancellationToken\"/>."));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_ways_build_one_index_and_the_report_shows_what_is_in_it()
    {
        _folder.Write("a/Fruit.xml", s_widgets);
        _folder.Write("b/deeper/Fruit.xml", s_widgets);
        _folder.Write("b/notes.txt", "no documentation");

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--workers", "2");

        Assert.True(run.ExitCode == Success, run.ToString());
        Assert.Empty(run.Errors);
        Assert.Equal("2 files, 8 members, 48 words, 26 distinct", DocIndexProgram.ValueOf("index", run));
        Assert.Matches(@"pears +8\n", run.Output);
        Assert.Matches(@"Fruit\.Basket +3 +\d+ +2 +Fruit\n", run.Output);
        string digest = DocIndexProgram.ValueOf("sha256", run);
        Assert.Matches("^[0-9a-f]{64}$", digest);
        foreach (string way in new[] { "1 worker", "2 threads", "2 workers" })
        {
            Assert.Matches($@"{way} +\d+\.\d+ +\d+\.\d+ +.*{digest[..12]}\n", run.Output);
        }
    }

    [Fact]
    public async Task Without_a_path_the_installed_SDK_is_indexed()
    {
        ProgramRun run = await DocIndexProgram.RunAsync("--only", "threads", "--top", "1");

        Assert.True(run.ExitCode is Success or SomeSkipped, run.ToString());
        Assert.Matches(@"^\d+ files, \d+,\d{3} members, ", DocIndexProgram.ValueOf("index", run));
    }

    [Fact]
    public async Task Redirected_output_is_plain_lines()
    {
        _folder.Write("Fruit.xml", s_widgets);

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--only", "workers", "--workers", "1");

        Assert.Contains("1 worker: 0.0 of 0.0 MiB\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Theory]
    [InlineData("cancellation token", "T:Fruit.CancellationBasket")]
    [InlineData("CancellationToken", "T:Fruit.CancellationBasket")]
    [InlineData("take pears", "M:Fruit.Basket.Take(System.Int32)")]
    [InlineData("basket is empty", "P:Fruit.Basket.IsEmpty")]
    public async Task A_query_finds_the_members_with_all_words_the_best_first(string query, string best)
    {
        _folder.Write("Fruit.xml", s_widgets);

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--query", query, "--workers", "1");

        Assert.True(run.ExitCode == Success, run.ToString());
        Assert.StartsWith(best + " ", Section("members", run)[1].Trim());
        Assert.StartsWith("Fruit.xml ", Section("files", run)[1].Trim());
    }

    [Fact]
    public async Task A_query_that_nothing_answers_says_so()
    {
        _folder.Write("Fruit.xml", s_widgets);

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--query", "pears zebra", "--workers", "1");

        Assert.Equal(Success, run.ExitCode);
        Assert.Contains("no file has 'zebra'", run.Output, StringComparison.Ordinal);
        Assert.Contains("members: none has them all", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_file_is_named_and_the_others_are_indexed()
    {
        _folder.Write("good.xml", s_widgets);
        string malformed = _folder.Write("malformed.xml", s_widgets.Replace("</summary>", "", StringComparison.Ordinal));
        string empty = _folder.Write("empty.xml", "");

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--workers", "2");

        Assert.Equal(SomeSkipped, run.ExitCode);
        Assert.Matches($@"skipped {malformed}: it is not well-formed: .*Line 7", run.Errors);
        Assert.Contains($"skipped {empty}: it is empty", run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("1 files, 4 members", DocIndexProgram.ValueOf("index", run));
    }

    [Fact]
    public async Task A_large_malformed_file_is_named_with_the_line_in_the_whole_file()
    {
        // Large enough to be cut into pieces, of which only one cannot be parsed.
        string text = DocumentationText.OfLength(5 << 20, seed: 1);
        int fault = text.IndexOf("</summary>", text.Length / 2, StringComparison.Ordinal);
        string large = _folder.Write("large.xml", text.Remove(fault, "</summary>".Length));
        _folder.Write("good.xml", s_widgets);
        int line = text.AsSpan(0, fault).Count('\n') + 2;

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--workers", "2", "--only", "workers");

        Assert.Equal(SomeSkipped, run.ExitCode);
        Assert.Matches($@"skipped {large}: it is not well-formed: .*Line {line},", run.Errors);
        Assert.StartsWith("1 files, 4 members", DocIndexProgram.ValueOf("index", run));
    }

    [Fact]
    public async Task A_large_file_that_cannot_be_cut_where_it_seems_is_indexed_whole()
    {
        string marks = string.Concat(Enumerable.Repeat("\n<member name=\"T:No.Member\">", 100_000));
        _folder.Write("large.xml", DocumentationText.Of(("T:Fruit.Basket", $"pears <![CDATA[{marks}]]>"), ("T:Fruit.Crate", "apples")));

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--workers", "2", "--only", "workers");

        Assert.True(run.ExitCode == Success, run.ToString());
        Assert.StartsWith("1 files, 2 members", DocIndexProgram.ValueOf("index", run));
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_named_and_the_others_are_indexed()
    {
        _folder.Write("good.xml", s_widgets);
        string link = _folder.PathOf("link.xml");
        File.CreateSymbolicLink(link, _folder.PathOf("nowhere.xml"));

        ProgramRun run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--workers", "1", "--only", "workers");

        Assert.Equal(SomeSkipped, run.ExitCode);
        Assert.Contains($"skipped {link}: ", run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("1 files, 4 members", DocIndexProgram.ValueOf("index", run));
    }

    [Fact]
    public async Task What_may_not_be_read_is_named_and_the_others_are_indexed()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "a privileged user may read everything");
        _folder.Write("good.xml", s_widgets);
        string secretFile = _folder.Write("secret.xml", s_widgets);
        string secretFolder = Directory.CreateDirectory(_folder.PathOf("secrets")).FullName;
        File.SetUnixFileMode(secretFile, UnixFileMode.None);
        File.SetUnixFileMode(secretFolder, UnixFileMode.None);

        ProgramRun run;
        try
        {
            run = await DocIndexProgram.RunAsync("--path", _folder.Root, "--workers", "1", "--only", "workers");
        }
        finally
        {
            File.SetUnixFileMode(secretFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Assert.Equal(SomeSkipped, run.ExitCode);
        Assert.Contains($"skipped {secretFile}: it cannot be read", run.Errors, StringComparison.Ordinal);
        Assert.Contains($"skipped {secretFolder}: ", run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("1 files, 4 members", DocIndexProgram.ValueOf("index", run));
    }

    [Fact]
    public async Task A_folder_that_is_missing_or_a_file_or_without_documents_is_no_input()
    {
        string file = _folder.Write("notes.txt", "no documentation");
        foreach ((string path, string reason) in new[]
        {
            (_folder.PathOf("missing"), "does not exist"),
            (file, "is a file"),
            (_folder.Root, "has no .xml file"),
        })
        {
            ProgramRun run = await DocIndexProgram.RunAsync("--path", path);
            Assert.True(run.ExitCode == NoInput, run.ToString());
            Assert.StartsWith($"docindex: {path} {reason}", run.Errors);
        }
    }

    [Theory]
    [InlineData("--bogus")]
    [InlineData("--path")]
    [InlineData("--workers=0")]
    [InlineData("--workers=many")]
    [InlineData("--only=one,two")]
    [InlineData("--query=...")]
    public async Task A_command_line_without_sense_is_a_usage_error(string argument)
    {
        ProgramRun run = await DocIndexProgram.RunAsync(argument);
        Assert.Equal(Usage, run.ExitCode);
        Assert.Contains("--help", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Under_chaos_the_index_is_the_same_byte_for_byte()
    {
        for (int i = 0; i < 40; i++)
        {
            _folder.Write($"docs/{i}.xml", DocumentationText.OfLength(800_000, seed: i));
        }

        string path = _folder.PathOf("docs");
        string calmFile = _folder.PathOf("calm.index");
        string chaosFile = _folder.PathOf("chaos.index");
        ProgramRun calm = await DocIndexProgram.RunAsync("--path", path, "--only", "threads", "--save", calmFile);
        ProgramRun chaos = await DocIndexProgram.RunAsync("--path", path, "--only", "workers", "--workers", "4", "--chaos", "--save", chaosFile);

        Assert.True(calm.ExitCode == Success, calm.ToString());
        Assert.True(chaos.ExitCode == Success, chaos.ToString());
        Assert.DoesNotMatch(@"\b0 workers killed", DocIndexProgram.ValueOf("chaos", chaos));
        Assert.Equal(DocIndexProgram.ValueOf("sha256", calm), DocIndexProgram.ValueOf("sha256", chaos));
        Assert.Equal(await File.ReadAllBytesAsync(calmFile), await File.ReadAllBytesAsync(chaosFile));
    }

    /// <summary>The lines of a section below its title, up to an empty one; the first is the table's head.</summary>
    private static string[] Section(string title, ProgramRun run) =>
        [.. run.Output.Split('\n').SkipWhile(line => line != title).Skip(1).TakeWhile(static line => line.Length > 0)];
}
