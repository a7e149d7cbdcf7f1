using System.Diagnostics;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Whatever goes wrong in a pipeline, no process of it stays.</summary>
public sealed class PipelineFaultTests : IDisposable
{
    private static readonly PipelineOptions s_capture = new() { CaptureOutput = true };
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);

    /// <summary>Ends of itself for no signal but SIGKILL.</summary>
    private static readonly Command s_stubborn = Command.Shell("trap '' TERM; echo ready >&2; while :; do read x || sleep 0.01; done")
        .With(new() { TerminateGrace = TimeSpan.FromMilliseconds(50) });

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task Run_OneProgramIsMissing_EndsThoseBeforeIt(int missing, bool isAsync)
    {
        Command[] commands = [new("sleep", "1000"), new("sleep", "1000"), new("sleep", "1000")];
        commands[missing] = "cohort-nowhere";
        Pipeline pipeline = commands[0] | commands[1] | commands[2];

        FileNotFoundException fault = await Assert.ThrowsAsync<FileNotFoundException>(() => isAsync
            ? pipeline.RunAsync(s_capture, cancellationToken: TestContext.Current.CancellationToken).Watched()
            : Watchdog.Run(() => pipeline.Run(s_capture)));

        Assert.Equal("cohort-nowhere", fault.FileName);
    }

    [Fact]
    public void Start_OptionsThatContradict_StartsNothing()
    {
        using TemporaryFolder folder = new();
        string marker = folder.PathOf("started");
        Pipeline pipeline = Command.Shell("touch \"$1\"", marker) | new Command("true").With(new() { BufferSize = -1 });

        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.Start());
        Assert.Throws<ArgumentException>(static () => (new Command("true") | "true").Start(s_capture with { StandardError = Redirect.Null }));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.Run(null, TimeSpan.FromSeconds(-2)));
        Assert.False(File.Exists(marker));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Run_PastItsTimeout_EndsAllAndKeepsTheOutput(bool isAsync, bool hasOnlyOutput)
    {
        Pipeline pipeline = new Command("true") | Command.Shell("echo so far; exec sleep 1000") | "cat" | ["sleep", "0"] | Command.Shell("echo last; exec sleep 1000");
        PipelineOptions options = hasOnlyOutput ? new() { StandardOutput = Redirect.Pipe } : s_capture;

        SubprocessTimeoutException fault = await Assert.ThrowsAsync<SubprocessTimeoutException>(() => isAsync
            ? pipeline.RunAsync(options, s_short, TestContext.Current.CancellationToken).Watched()
            : Watchdog.Run(() => pipeline.Run(options, s_short)));

        Assert.Equal("last\n", fault.Output);
        Assert.Equal(["/bin/sh", "-c", "echo so far; exec sleep 1000"], fault.Arguments);
        Assert.Equal(s_short, fault.Timeout);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_NoneHeedsSigterm_KillsAllAtOnce(bool isAsync)
    {
        // With the graces one after the other it would take forty seconds.
        Command stubborn = s_stubborn.With(new() { TerminateGrace = TimeSpan.FromSeconds(1) });
        Pipeline pipeline = Enumerable.Range(0, 38).Aggregate(stubborn | stubborn, (longer, _) => longer | stubborn);
        long start = Stopwatch.GetTimestamp();

        await Assert.ThrowsAsync<SubprocessTimeoutException>(() => isAsync
            ? pipeline.RunAsync(s_capture, s_short, TestContext.Current.CancellationToken).Watched()
            : Watchdog.Run(() => pipeline.Run(s_capture, s_short)));

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
    }

    [Fact(Timeout = 60_000)]
    public async Task RunAsync_Cancelled_EndsAll()
    {
        using CancellationTokenSource cancel = new();
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline pipeline = s_stubborn | ["sleep", "1000"] | Command.Shell("echo ready; exec sleep 1000");

        Task<CompletedPipeline> run = pipeline.RunAsync(
            new() { StandardOutput = Redirect.ToLines(_ => ready.TrySetResult()), StandardError = Redirect.Null }, null, cancel.Token);
        await ready.Task.Watched();
        await cancel.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(run));
    }

    [Fact(Timeout = 60_000)]
    public async Task RunAsync_CancelledBefore_StartsNothing()
    {
        using TemporaryFolder folder = new();
        string marker = folder.PathOf("started");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => (new Command("touch", marker) | "true").RunAsync(null, null, new CancellationToken(canceled: true)).Watched());

        Assert.False(File.Exists(marker));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_OneOfThemWritesTooMuch_EndsAll(bool isAsync)
    {
        Command noisy = Command.Shell("yes >&2").With(new() { CaptureLimit = 10, StandardError = Redirect.Pipe });
        Pipeline pipeline = noisy | ["sleep", "1000"] | ["sleep", "1000"];
        PipelineOptions options = new() { StandardOutput = Redirect.Pipe };

        SubprocessOverflowException fault = await Assert.ThrowsAsync<SubprocessOverflowException>(() => isAsync
            ? pipeline.RunAsync(options, cancellationToken: TestContext.Current.CancellationToken).Watched()
            : Watchdog.Run(() => pipeline.Run(options)));

        Assert.Equal("y\ny\ny\ny\ny\n", fault.Result.ErrorOutput);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_AReceiverThrows_EndsAllAndThrowsIt(bool isAsync)
    {
        Pipeline pipeline = new Command("sleep", "1000") | Command.Shell("echo x; exec sleep 1000");
        PipelineOptions options = new() { StandardOutput = Redirect.ToLines(static _ => throw new InvalidDataException("no")) };

        await Assert.ThrowsAsync<InvalidDataException>(() => isAsync
            ? pipeline.RunAsync(options, cancellationToken: TestContext.Current.CancellationToken).Watched()
            : Watchdog.Run(() => pipeline.Run(options)));
    }
}
