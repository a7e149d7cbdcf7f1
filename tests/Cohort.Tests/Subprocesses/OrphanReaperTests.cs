using System.Diagnostics;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>What the first process of a container has to do: commands run there, and what the kernel hands to it is reaped.</summary>
public sealed class OrphanReaperTests(ExampleFolder folder) : IClassFixture<ExampleFolder>
{
    private const string FirstProcess =
        """
        using System.Globalization;
        using Cohort;
        using Cohort.Subprocesses;

        CompletedSubprocess result = Subprocess.Run(Subprocess.Shell("echo hello; exit 3"), new() { CaptureOutput = true });
        Console.WriteLine($"{Environment.ProcessId} {result.Output.Trim()} {result.ReturnCode}");
        Console.WriteLine(await Subprocess.CallAsync(Subprocess.Shell("kill -9 $$")));

        using OrphanReaper reaper = new(TimeSpan.FromMilliseconds(50));
        string[] orphans = Subprocess.CheckOutput(Subprocess.Shell("for i in 1 2 3; do { while kill -0 $$; do sleep 0.005; done; } >/dev/null 2>&1 & echo $!; done; exec true")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (orphans.Any(pid => Directory.Exists($"/proc/{pid}")))
        {
            await Task.Delay(5, limit.Token);
        }

        Console.WriteLine(reaper.Count);
        Task<int>[] ours = [.. Enumerable.Range(1, 20).Select(n => Subprocess.CallAsync(Subprocess.Shell($"sleep 0.1; exit {n}")))];
        Console.WriteLine(string.Join(' ', await Task.WhenAll(ours)));
        Console.WriteLine(Directory.GetDirectories("/proc").Count(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _)));
        """;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task FirstProcess_RunsCommandsAndReapsOrphans()
    {
        string program = folder.Compile("FirstProcess.cs", FirstProcess);
        string[] unshare = OwnProcess.UserId == 0 ? [] : ["--user", "--map-root-user"];
        ProgramRun possible = await ProgramRun.RunAsync("unshare", [.. unshare, "--pid", "--fork", "--mount-proc", "true"], s_longest);
        Assert.SkipUnless(possible.ExitCode == 0, $"no PID namespace here: {possible.Errors.Trim()}");

        ProgramRun run = await ProgramRun.RunAsync(
            "unshare", [.. unshare, "--pid", "--fork", "--kill-child", "--mount-proc", ProgramRun.Dotnet, program], s_longest, Path.GetDirectoryName(program));

        Assert.True(run.ExitCode == 0, run.ToString());
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal("1 hello 3", lines[0]);
        Assert.Equal("-9", lines[1]);
        Assert.Equal("3", lines[2]);
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 20)), lines[3]);
        Assert.Equal("1", lines[4]);
    }

    [Fact]
    public void Subreaper_BesideOwnAndFrameworksChildren_TakesNoneOfTheirs() => InWorker(ReapBesideOthers);

    [Fact]
    public void Disposed_ReapsNoMore() => InWorker(StopReaping);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(TimeSpan.TicksPerMillisecond - 1)]
    [InlineData(long.MaxValue)]
    public void Interval_ThatNoTimerHas_IsRefused(long ticks) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new OrphanReaper(TimeSpan.FromTicks(ticks)));

    private static void InWorker(Action body)
    {
        using WorkerProcess worker = WorkerProcess.Start(body);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
    }

    private static void ReapBesideOthers()
    {
        Assert.Equal(0, Libc.Prctl(Libc.PR_SET_CHILD_SUBREAPER, 1));
        using OrphanReaper reaper = new(TimeSpan.FromMilliseconds(100));
        List<int> orphans = [];
        for (int i = 0; i < 10; i++)
        {
            orphans.Add(LeaveOrphan());
            using Subprocess ours = Subprocess.Start(Subprocess.Shell($"exit {i}"));
            using Process theirs = Process.Start("/bin/sh", ["-c", $"exit {i + 100}"]);
            theirs.WaitForExit();
            Assert.Equal(i, ours.Wait(Watchdog.Limit));
            Assert.Equal(i + 100, theirs.ExitCode);
        }

        // One of ours that is dead, and that nobody has looked at yet, stays what it is.
        using ChildProcess late = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "sh", Arguments = ["sh", "-c", "exit 77"], IsWatched = false });
        Until(() => ProcessStat.Of(late.ProcessId) is { IsZombie: true });
        int last = LeaveOrphan();
        Until(() => !Directory.Exists($"/proc/{last}"));
        Until(() => orphans.TrueForAll(static pid => !Directory.Exists($"/proc/{pid}")));
        Assert.True(late.Wait((int)Watchdog.Limit.TotalMilliseconds));
        Assert.Equal(77, late.ExitStatus!.Value.ExitCode);
        Assert.Equal(11, reaper.Count);
    }

    private static void StopReaping()
    {
        Assert.Equal(0, Libc.Prctl(Libc.PR_SET_CHILD_SUBREAPER, 1));
        using OrphanReaper other = new();
        OrphanReaper reaper = new(TimeSpan.FromMilliseconds(1));
        int first = LeaveOrphan();
        Until(() => !Directory.Exists($"/proc/{first}"));
        reaper.Dispose();

        int second = LeaveOrphan();
        Until(() => ProcessStat.Of(second) is { IsZombie: true });

        Assert.Equal(1, reaper.Count);
        Assert.Equal(0, other.Count);
        Assert.Contains(Orphans.FindDead(), dead => dead.ProcessId == second);
    }

    /// <summary>One that ends once its parent is gone: before, that could reap it.</summary>
    private static int LeaveOrphan() => int.Parse(
        Subprocess.CheckOutput(Subprocess.Shell("{ while kill -0 $$; do sleep 0.005; done; } >/dev/null 2>&1 & echo $!; exec true"), null, Watchdog.Limit), System.Globalization.CultureInfo.InvariantCulture);

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Watchdog.Limit));
}
