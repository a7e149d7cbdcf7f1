using System.Runtime.InteropServices;
using System.Text;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Utils;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>What calls that serve a command tell in rarer cases: faults of receivers, others at the same time, late tokens.</summary>
public sealed class CommunicateTests : IDisposable
{
    private static readonly SubprocessOptions s_pipes = new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public async Task InputWriter_WritesNoByteOrderMark(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes with { Encoding = encoding });
        await process.InputWriter.WriteAsync("héllo");
        process.InputWriter.Close();

        Assert.Equal(encoding.GetBytes("héllo"), (await process.CommunicateAsync().Watched()).OutputBytes.ToArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task Receiver_ThatThrowsATimeout_IsNoTimeout()
    {
        SubprocessOptions options = new() { StandardOutput = Redirect.ToLines(static _ => throw new TimeoutException("its own")) };
        await using Subprocess process = Subprocess.Start(["echo", "x"], options);
        Assert.Equal("its own", (await Assert.ThrowsAsync<TimeoutException>(() => process.CommunicateAsync().Watched())).Message);
        Assert.Equal("its own", (await Assert.ThrowsAsync<TimeoutException>(() => process.WaitAsync().Watched())).Message);
        Assert.Equal("its own", (await Assert.ThrowsAsync<TimeoutException>(() => Subprocess.RunAsync(["echo", "x"], options).Watched())).Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Receiver_ThatCancels_IsNoTimeoutOfAPipeline()
    {
        PipelineOptions options = new() { StandardOutput = Redirect.ToLines(static _ => throw new OperationCanceledException("its own")) };
        await using RunningPipeline running = (new Command("echo", "x") | "cat").Start(options);
        Assert.Equal("its own", (await Assert.ThrowsAsync<OperationCanceledException>(() => running.CommunicateAsync().Watched())).Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_WithCallsInTheQueue_LetsThemThrough()
    {
        Subprocess process = Subprocess.Start(["sleep", "1000"], s_pipes);
        Task<CompletedSubprocess> first = process.CommunicateAsync();
        Task<CompletedSubprocess> second = process.CommunicateAsync();
        Task<CompletedSubprocess> third = Watchdog.Run(() => process.Communicate());

        await Watchdog.Run(process.Dispose);

        Assert.Equal(-15, (await first.Watched()).ReturnCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.Watched());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => third.Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Exchange_TokenCancelledAtTheEnd_DoesNotTakeAPartForAll()
    {
        (SafeFileHandle read, SafeFileHandle write) = Pipes.Create(null);
        using SafeFileHandle end = read;
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest
        {
            FileName = "head", Arguments = ["head", "-c", "50000", "/dev/zero"], Descriptors = [LaunchDescriptor.FromHandle(write, 1)],
        });
        write.Dispose();
        await child.Exit.Watched();
        Pipes.SetNonBlocking(read);
        CaptureSink capture = new(null, CaptureOverflow.Throw);
        using Exchange exchange = new(child, null, [new OutputPump(read, capture, 1000)], TimeSpan.FromSeconds(60));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.RunAsync(Deadline.Never, new CancellationToken(true)).Watched());
        Assert.True(await exchange.RunAsync(Deadline.Never, CancellationToken.None).Watched());

        Assert.Equal(50000, capture.ToArray().Length);
        Assert.True(exchange.IsComplete);
    }

    [Fact(Timeout = 60_000)]
    public async Task Output_ThatFillsThePipeExactly_IsComplete()
    {
        await using Subprocess process = Subprocess.Start(
            ["head", "-c", "65536", "/dev/zero"], s_pipes with { PipeSize = 65536, DrainTimeout = TimeSpan.Zero });
        await process.Exited.Watched();

        CompletedSubprocess result = await Watchdog.Run(() => process.Communicate());

        Assert.Equal(65536, result.OutputBytes.Length);
        Assert.True(result.IsOutputComplete);
        Assert.Equal(result.Duration, (await process.CommunicateAsync().Watched()).Duration);
    }

    [Fact(Timeout = 60_000)]
    public async Task Capture_LookedAtMeanwhile_ShowsWhatWasWritten()
    {
        CaptureSink capture = new(null, CaptureOverflow.Throw);
        byte[] some = new byte[997];
        some.AsSpan().Fill(1);
        Task writing = Watchdog.Run(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                capture.Write(some);
            }
        });
        while (!writing.IsCompleted)
        {
            Assert.False(capture.ToArray().AsSpan().ContainsAnyExcept((byte)1));
        }

        await writing;
        Assert.Equal(5000 * 997, capture.ToArray().Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task OutputLines_Cancelled_LeavesTheLinesThatWait()
    {
        await using Subprocess process = Subprocess.Start(["seq", "500"], s_pipes);
        await process.Exited.Watched();
        using CancellationTokenSource stop = new();
        int count = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string line in process.OutputLines(stop.Token))
            {
                count++;
                await stop.CancelAsync();
            }
        });

        Assert.Equal(1, count);
    }

    [Fact(Timeout = 60_000)]
    public async Task TryCommunicate_TakesBytes()
    {
        byte[] bytes = [0, 255, 10];
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        Assert.Equal(bytes, (await Watchdog.Run(() => process.TryCommunicate(Watchdog.Limit, bytes)))!.OutputBytes.ToArray());
        await using Subprocess other = Subprocess.Start(["cat"], s_pipes);
        Assert.Equal(bytes, (await other.TryCommunicateAsync(Watchdog.Limit, bytes).Watched())!.OutputBytes.ToArray());

        PipelineOptions options = new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe };
        await using RunningPipeline running = (new Command("cat") | "cat").Start(options);
        Assert.Equal(bytes, (await Watchdog.Run(() => running.TryCommunicate(Watchdog.Limit, bytes)))!.OutputBytes.ToArray());
        await using RunningPipeline last = (new Command("cat") | "cat").Start(options);
        Assert.Equal(bytes, (await last.TryCommunicateAsync(Watchdog.Limit, bytes).Watched())!.OutputBytes.ToArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task Signals_ByTheirNames_ReachGroupsAndPipelines()
    {
        await using Subprocess process = Subprocess.Start(["sleep", "1000"], new() { ProcessGroup = 0 });
        process.SendSignalToGroup(PosixSignal.SIGINT);
        Assert.Equal(-2, await process.WaitAsync().Watched());
        await using RunningPipeline running = (new Command("sleep", "1000") | new Command("sleep", "1000")).Start();
        running.SendSignal(PosixSignal.SIGINT);
        Assert.Equal([-2, -2], (await running.CommunicateAsync().Watched()).ReturnCodes);
    }

    [Fact(Timeout = 60_000)]
    public async Task GetOutput_HasAnEncoding()
    {
        Assert.Equal("é", await Watchdog.Run(static () => Subprocess.GetOutput("printf '\\351'", encoding: Encoding.Latin1)));
        Assert.Equal((0, "é"), await Subprocess.GetStatusOutputAsync("printf '\\351'", encoding: Encoding.Latin1).Watched());
    }
}
