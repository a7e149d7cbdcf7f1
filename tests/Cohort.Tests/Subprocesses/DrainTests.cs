using System.Globalization;
using Cohort.Platform;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>The end of a command is seen, and its output is whole, though a process that it left keeps the pipe open.</summary>
public sealed class DrainTests : IDisposable
{
    // What the command leaves behind holds its output, and ends when the test kills it by the number that it printed.
    private const string LeavesSleeper = "sleep 1000 & echo $!";

    private static readonly SubprocessOptions s_short = new() { CaptureOutput = true, DrainTimeout = TimeSpan.FromMilliseconds(50) };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_GrandchildKeepsThePipe_EndsAfterTheDrain(bool isAsync)
    {
        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(Subprocess.Shell(LeavesSleeper), s_short).Watched()
            : await Watchdog.Run(static () => Subprocess.Run(Subprocess.Shell(LeavesSleeper), s_short));

        KillSleeper(result.Output);
        Assert.Equal(0, result.ReturnCode);
        Assert.False(result.IsOutputComplete);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_NoDrainAtAll_StillHasAllThatTheCommandWrote(bool isAsync)
    {
        SubprocessOptions options = s_short with { DrainTimeout = TimeSpan.Zero };
        IReadOnlyList<string> command = Subprocess.Shell("sleep 1000 & echo $!; head -c 50000 /dev/zero");

        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(command, options).Watched()
            : await Watchdog.Run(() => Subprocess.Run(command, options));

        string first = result.Output.Split('\n')[0];
        KillSleeper(first);
        Assert.Equal(50000 + first.Length + 1, result.OutputBytes.Length);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_GrandchildWritesWithoutRest_EndsAllTheSame(bool isAsync)
    {
        SubprocessOptions options = s_short with { CaptureLimit = 100, CaptureOverflow = CaptureOverflow.KeepHead };
        IReadOnlyList<string> command = Subprocess.Shell("yes & echo $!");

        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(command, options).Watched()
            : await Watchdog.Run(() => Subprocess.Run(command, options));

        // It met a broken pipe and is gone by itself.
        Assert.Equal(0, result.ReturnCode);
        Assert.False(result.IsOutputComplete);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_InfiniteDrain_WaitsForTheLastWriter()
    {
        SubprocessOptions options = s_short with { DrainTimeout = Timeout.InfiniteTimeSpan };

        CompletedSubprocess result = await Subprocess.RunAsync(Subprocess.Shell("(sleep 0.3; echo late) & echo early"), options).Watched();

        Assert.Equal("early\nlate\n", result.Output);
        Assert.True(result.IsOutputComplete);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_InfiniteDrainPastItsTimeout_GivesUp(bool isAsync)
    {
        SubprocessOptions options = s_short with { DrainTimeout = Timeout.InfiniteTimeSpan };
        IReadOnlyList<string> command = Subprocess.Shell(LeavesSleeper);
        TimeSpan timeout = TimeSpan.FromMilliseconds(300);

        Exception fault = await Watchdog.FaultOf(isAsync
            ? Subprocess.RunAsync(command, options, timeout)
            : Watchdog.Run(() => Subprocess.Run(command, options, timeout)));

        KillSleeper(Assert.IsType<SubprocessTimeoutException>(fault).Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task OutputLines_GrandchildKeepsThePipe_Ends()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell(LeavesSleeper), new() { StandardOutput = Redirect.Pipe, DrainTimeout = TimeSpan.FromMilliseconds(50) });

        List<string> lines = await process.OutputLines().ToListAsync();

        KillSleeper(Assert.Single(lines));
    }

    [Fact(Timeout = 60_000)]
    public async Task Wait_GrandchildKeepsThePipe_SeesTheEnd()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell(LeavesSleeper), new() { StandardOutput = Redirect.Pipe });

        Assert.Equal(0, await process.WaitAsync().Watched());

        KillSleeper(await process.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    private static void KillSleeper(string? text)
    {
        int pid = int.Parse(text!, CultureInfo.InvariantCulture);
        using ProcessWatch watch = ProcessWatch.Open(pid);
        Assert.False(watch.HasExited);
        Cohort.Interop.Libc.Kill(pid, Signal.SIGKILL);
        Assert.True(watch.Exit.Wait(Watchdog.Limit));
    }
}
