using System.Diagnostics;
using System.Text.RegularExpressions;
using Cohort.Interop;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Conversations with programs.</summary>
public sealed class ExpectProgramTests : IDisposable
{
    private static readonly SubprocessOptions s_pipes = new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe };

    private static readonly SubprocessOptions s_plain = new()
    {
        Environment = new Dictionary<string, string?> { ["PS1"] = "prompt> ", ["TERM"] = "dumb", ["PYTHON_BASIC_REPL"] = "1", ["PYTHONSTARTUP"] = null },
    };

    private readonly Leaks _before = Leaks.Snapshot();

    public static TheoryData<string?> Pythons { get; } = [Support.Pythons.Found.Count > 0 ? Support.Pythons.Found[^1] : null];

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Bash_AnswersInterruptsAndExits()
    {
        Assert.SkipWhen(Find("bash") is null, "there is no bash on this machine");
        await using Expect shell = Expect.Start(["bash", "--norc", "--noprofile", "-i"], processOptions: s_plain);
        await shell.WaitForAsync("prompt> ");

        await shell.SendLineAsync("echo $((6 * 7))");
        Assert.Equal("42", (await shell.WaitForAsync(new Regex(@"^(\d+)\r$", RegexOptions.Multiline))).Match!.Groups[1].Value);
        await shell.WaitForAsync("prompt> ");
        await shell.SendLineAsync("cat");
        await shell.WaitForAsync("cat\r\n");
        await Eventually.TrueAsync(() => shell.Terminal!.Mode == TerminalMode.Line);
        await shell.SendLineAsync("to cat");
        await shell.WaitForAsync("to cat\r\nto cat\r\n");
        await shell.SendControlAsync('c');
        await shell.WaitForAsync("^C");
        await shell.WaitForAsync("prompt> ");
        await shell.SendLineAsync("echo $?; exit 3");
        await shell.WaitForAsync("130\r\n");
        await shell.WaitForAsync(Expect.EndOfOutput);

        Assert.Equal(3, await shell.Process!.WaitAsync().Watched());
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Pythons))]
    public async Task Python_ItsPromptComputesAndEndsAtTheEndOfInput(string? python)
    {
        Assert.SkipWhen(python is null, "there is no Python on this machine");
        await using Expect repl = Expect.Start([python!, "-q"], processOptions: s_plain);
        await repl.WaitForAsync(">>> ");

        await repl.SendLineAsync("2 ** 100");
        await repl.WaitForAsync("1267650600228229401496703205376");
        await repl.WaitForAsync(">>> ");
        await repl.SendLineAsync("input('who? ')");
        await repl.WaitForAsync("who? ");
        await repl.SendLineAsync("wörld €");
        Assert.Equal(0, (await repl.WaitForAsync("'wörld €'", "Traceback")).Index);
        await repl.WaitForAsync(">>> ");
        await repl.SendEndOfFileAsync();
        await repl.WaitForAsync(Expect.EndOfOutput);

        Assert.Equal(0, await repl.Process!.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Ed_WritesAFile()
    {
        Assert.SkipWhen(Find("ed") is null, "there is no ed on this machine");
        using TemporaryFolder folder = new();
        await using Expect ed = Expect.Start(["ed", "-p", "* "], processOptions: s_plain);
        await ed.WaitForAsync("* ");
        foreach (string line in new[] { "a", "first", "second", "." })
        {
            await ed.SendLineAsync(line);
        }

        await ed.WaitForAsync("* ");
        await ed.SendLineAsync("x?");
        await ed.WaitForAsync("?");
        await ed.SendLineAsync($"w {folder.PathOf("text")}");
        Assert.Equal("13", (await ed.WaitForAsync(new Regex(@"(\d+)\r\n"))).Match!.Groups[1].Value);
        await ed.SendLineAsync("q");
        await ed.WaitForAsync(Expect.EndOfOutput);

        Assert.Equal("first\nsecond\n", await File.ReadAllTextAsync(folder.PathOf("text"), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task APasswordPrompt_IsAnsweredOnceItDoesNotEcho()
    {
        const string Script = "printf 'Password: '; stty -echo; read word; stty echo; echo; [ \"$word\" = secret ] && echo welcome || echo sorry";
        await using Expect login = Expect.Start(Subprocess.Shell(Script));
        await login.WaitForAsync("Password: ");

        await login.SendPasswordAsync("secret");
        ExpectMatch answer = await login.WaitForAsync("welcome", "sorry");

        Assert.Equal(0, answer.Index);
        Assert.DoesNotContain("secret", answer.Before, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task SendPassword_AtATerminalThatEchoes_SendsNothing()
    {
        await using Expect cat = Expect.Start(["cat"]);
        await Assert.ThrowsAsync<TimeoutException>(() => cat.SendPasswordAsync("secret", TimeSpan.FromMilliseconds(20)));
        await cat.SendLineAsync("plain");
        Assert.Equal("", (await cat.WaitForAsync("plain")).Before);
    }

    [Fact(Timeout = 60_000)]
    public async Task OnPipes_SpeaksAndEndsTheInput()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("while read line; do echo \"got $line\"; done; echo bye"), s_pipes);
        await using Expect expect = new(process);
        Assert.Same(process, expect.Process);
        Assert.Null(expect.Terminal);

        await Watchdog.Run(() => expect.SendLine("one"));
        Assert.Equal("got ", (await Watchdog.Run(() => expect.WaitFor("one\n"))).Before);
        await Watchdog.Run(() => expect.SendPassword("two"));
        await expect.WaitForAsync("got two\n");
        expect.SendEndOfFile();

        Assert.Equal("bye\n", (await expect.WaitForAsync(Expect.EndOfOutput)).Before);
        Assert.Throws<ObjectDisposedException>(() => expect.Send("x"));
    }

    [Fact(Timeout = 60_000)]
    public async Task OnPipes_OnlyOutput_CannotBeSpokenTo()
    {
        await using Subprocess process = Subprocess.Start(["echo", "hi"], new() { StandardOutput = Redirect.Pipe, StandardInput = Redirect.Null });
        await using Expect expect = new(process);
        await expect.WaitForAsync("hi");
        await Assert.ThrowsAsync<InvalidOperationException>(() => expect.SendAsync("x"));
        await using Subprocess silent = Subprocess.Start(["true"], new() { StandardInput = Redirect.Null });
        Assert.Throws<InvalidOperationException>(() => new Expect(silent));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_MoreThanFits_IsReadMeanwhile(bool waitsMeanwhile)
    {
        const int Length = 1_000_000;
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        await using Expect expect = new(process);
        Task<ExpectMatch>? wait = waitsMeanwhile ? expect.WaitForAsync(["end"], Watchdog.Limit) : null;

        await expect.SendAsync(new string('z', Length) + "end").Watched();

        ExpectMatch match = await (wait ?? expect.WaitForAsync("end")).Watched();
        Assert.Equal(Length, match.Before.Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task Send_ToAProgramThatHasEnded_SaysSo()
    {
        await using Expect program = Expect.Start(["true"]);
        await program.WaitForAsync(Expect.EndOfOutput);
        IOException fault = await Assert.ThrowsAsync<IOException>(() => program.SendLineAsync("x"));
        Assert.Equal(Errno.EIO, fault.HResult);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TenMegabytes_OnATerminal_EndWithTheirLastWord(bool isRegex)
    {
        await using Expect program = Expect.Start(Subprocess.Shell("head -c 10000000 /dev/zero | tr '\\0' x; echo done"));
        long start = Stopwatch.GetTimestamp();

        ExpectMatch match = await program.WaitForAsync([isRegex ? new Regex("do[n]e") : "done"], Watchdog.Limit);

        Assert.Equal(10_000_000, match.Before.Length);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
    }

    [Fact(Timeout = 60_000)]
    public async Task Interact_ShowsWhatWasKeptAndWaitsGoOnAfterwards()
    {
        await using Expect cat = Expect.Start(["cat"], terminalOptions: new() { Mode = TerminalMode.Raw });
        await cat.SendAsync("a;b");
        await cat.WaitForAsync(";");
        await cat.TryWaitForAsync(["never"], TimeSpan.FromMilliseconds(20));
        await Eventually.TrueAsync(() => cat.TryWaitFor(["never"], TimeSpan.Zero) is null && cat.Buffer == "b");
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.PathOf("keys"), "\u001d", TestContext.Current.CancellationToken);
        using (FileStream keys = File.OpenRead(folder.PathOf("keys")))
        using (FileStream screen = File.Create(folder.PathOf("screen")))
        {
            PtyInteractOptions user = new() { Input = keys.SafeFileHandle, Output = screen.SafeFileHandle, EscapeKey = ']' };
            Assert.Equal(PtyInteractEnd.Escaped, await cat.InteractAsync(user).Watched());
        }

        Assert.Equal("b", await File.ReadAllTextAsync(folder.PathOf("screen"), TestContext.Current.CancellationToken));
        await cat.SendAsync("c");
        Assert.Equal("", (await cat.WaitForAsync("c")).Before);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_WhileAWaitIsUnderWay_EndsIt(bool isAsync)
    {
        Expect cat = Expect.Start(["cat"]);
        Subprocess process = cat.Process!;
        Task<ExpectMatch> wait = isAsync ? cat.WaitForAsync("never") : Watchdog.Run(() => cat.WaitFor("never"));
        await cat.SendAsync("x");
        await Eventually.TrueAsync(() => cat.Buffer == "x");

        await cat.DisposeAsync().AsTask().Watched();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(wait));
        Assert.NotNull(process.ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public void Start_Faults_LeaveNothing()
    {
        Assert.Throws<FileNotFoundException>(() => Expect.Start(["/no/such/program"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Expect.Start(["cat"], new() { BufferLimit = -1 }));
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
