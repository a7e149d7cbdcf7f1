using System.Text.Json;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Tests.Support;
using Cohort.Tests.Worker;

namespace Cohort.Tests.Platform;

public sealed class ProcessLauncherTests
{
    [Fact(Timeout = 60_000)]
    public async Task Launch_TrueAndFalse_GiveTheirExitCodes()
    {
        Leaks before = Leaks.Snapshot();

        Assert.Equal(0, (await RunAsync("true")).Exit.ExitCode);
        Assert.Equal(1, (await RunAsync("/bin/false")).Exit.ExitCode);

        Leaks.AssertNone(before);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_OddArguments_ArriveAsTheyAre()
    {
        string[] odd = ["", " ", "a b", "\"'`$HOME\\", "line\nbreak", "ünïcödé ☂ 𝄞", "-x", "*", new string('x', 100_000)];

        Description child = await DescribeAsync(TestWorker.Request("describe", odd));

        Assert.Equal(odd, child.Arguments);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_NoEnvironmentGiven_PassesTheManagedView()
    {
        // Set after the start: the C library's own environment does not have it.
        Environment.SetEnvironmentVariable("COHORT_TEST_LATE", "ä=b c");
        try
        {
            (_, string text) = await RunAsync("env");

            Assert.Contains("COHORT_TEST_LATE=ä=b c\n", text, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("COHORT_TEST_LATE", null);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_EnvironmentGiven_PassesExactlyThat()
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(new LaunchRequest
        {
            FileName = "/usr/bin/env",
            Arguments = ["env"],
            Environment = new Dictionary<string, string> { ["A"] = "1", ["EMPTY"] = "" },
        });

        Assert.Equal(0, exit.ExitCode);
        Assert.Equal(["A=1", "EMPTY="], text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_WorkingDirectory_IsTheChildsAlone()
    {
        string here = Environment.CurrentDirectory;

        (_, string text) = await ChildOutput.RunAsync(
            new LaunchRequest { FileName = "pwd", Arguments = ["pwd"], WorkingDirectory = "/usr/share" });

        Assert.Equal("/usr/share\n", text);
        Assert.Equal(here, Environment.CurrentDirectory);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_RelativePath_IsSeenFromTheChildsDirectory()
    {
        using TemporaryFolder directory = new();
        directory.WriteScript("here.sh", "#!/bin/sh\necho found\n");

        (_, string text) = await ChildOutput.RunAsync(
            new LaunchRequest { FileName = "./here.sh", Arguments = ["here"], WorkingDirectory = directory.Root });

        Assert.Equal("found\n", text);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_NameWithoutSlash_IsSearchedInTheChildsPath()
    {
        using TemporaryFolder directory = new();
        directory.WriteScript("cohort-here", "#!/bin/sh\necho found\n");
        File.WriteAllText(Path.Combine(directory.Root, "not-executable"), "");

        (_, string text) = await ChildOutput.RunAsync(new LaunchRequest
        {
            FileName = "cohort-here",
            Arguments = ["cohort-here"],
            Environment = new Dictionary<string, string> { ["PATH"] = $"/nowhere:{directory.Root}:/bin" },
        });

        Assert.Equal("found\n", text);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_ArgvZeroDiffersFromFile_IsPassed()
    {
        (_, string text) = await ChildOutput.RunAsync(
            new LaunchRequest { FileName = "/bin/sh", Arguments = ["another-name", "-c", "cat /proc/$$/cmdline"] });

        Assert.StartsWith("another-name\0-c\0", text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Launch_ResetSignals_DecidesWhatTheChildIgnores(bool reset)
    {
        (_, string text) = await ChildOutput.RunAsync(
            new LaunchRequest { FileName = "cat", Arguments = ["cat", "/proc/self/status"], ResetSignals = reset });

        // The runtime ignores SIGPIPE, and what is ignored passes through exec.
        Assert.Equal(reset ? 0UL : 1UL << (Signal.SIGPIPE - 1), StatusMask(text, "SigIgn:") & (1UL << (Signal.SIGPIPE - 1)));
        if (reset)
        {
            Assert.Equal(0UL, StatusMask(text, "SigIgn:"));
            Assert.Equal(0UL, StatusMask(text, "SigBlk:"));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_Groups_PutTheChildWhereAsked()
    {
        int ownGroup = Libc.GetPGid(0);
        int ownSession = Libc.GetSid(0);

        ProcessStat inherits = await StatOfSleeperAsync(LaunchGroup.Inherit);
        ProcessStat leadsGroup = await StatOfSleeperAsync(LaunchGroup.NewGroup);
        ProcessStat leadsSession = await StatOfSleeperAsync(LaunchGroup.NewSession);

        Assert.Equal((ownGroup, ownSession), (inherits.GroupId, inherits.SessionId));
        Assert.Equal((leadsGroup.Identity.ProcessId, ownSession), (leadsGroup.GroupId, leadsGroup.SessionId));
        Assert.Equal(
            (leadsSession.Identity.ProcessId, leadsSession.Identity.ProcessId), (leadsSession.GroupId, leadsSession.SessionId));
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_JoinGroup_SharesTheGroupAndItsSignals()
    {
        using ChildProcess leader = ProcessLauncher.Instance.Launch(Sleeper with { Group = LaunchGroup.NewGroup });
        using ChildProcess member = ProcessLauncher.Instance.Launch(Sleeper with { Group = LaunchGroup.Join(leader.ProcessId) });

        Assert.Equal(leader.ProcessId, ProcessStat.Of(member.ProcessId)!.Value.GroupId);
        leader.SignalGroup(Signal.SIGTERM);

        Assert.Equal(-Signal.SIGTERM, (await leader.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
        Assert.Equal(-Signal.SIGTERM, (await member.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_FromManyThreads_StartsAndReapsEach()
    {
        Leaks before = Leaks.Snapshot();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                int code = (thread * 25) + i;
                using ChildProcess child = ProcessLauncher.Instance.Launch(
                    new LaunchRequest { FileName = "/bin/sh", Arguments = ["sh", "-c", $"exit {code}"] });
                Assert.Equal(code, (await child.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
            }
        })));

        Leaks.AssertNone(before);
    }

    private static LaunchRequest Sleeper => new() { FileName = "sleep", Arguments = ["sleep", "1000"] };

    private static Task<(ChildExit Exit, string Text)> RunAsync(string fileName, params string[] arguments) =>
        ChildOutput.RunAsync(new LaunchRequest { FileName = fileName, Arguments = [fileName, .. arguments] });

    private static async Task<Description> DescribeAsync(LaunchRequest request)
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(request);
        Assert.True(exit.ExitCode == 0, text);
        return JsonSerializer.Deserialize<Description>(text)!;
    }

    private static async Task<ProcessStat> StatOfSleeperAsync(LaunchGroup group)
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper with { Group = group });
        ProcessStat stat = ProcessStat.Of(child.ProcessId)!.Value;
        child.Signal(Signal.SIGKILL);
        await child.Exit.WaitAsync(TestContext.Current.CancellationToken);
        return stat;
    }

    private static ulong StatusMask(string status, string name) => Convert.ToUInt64(
        status.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim(), 16);
}
