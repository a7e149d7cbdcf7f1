using System.Runtime.InteropServices;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>A command while it lives.</summary>
public sealed class LiveTests : IDisposable
{
    private static readonly SubprocessOptions s_pipes = new()
    {
        StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe, StandardError = Redirect.Pipe,
    };

    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(50);

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Poll_IsNullUntilTheEndAndThenTheCode()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("read line; exit 47"), s_pipes);
        Assert.Null(process.Poll());
        Assert.Null(process.ReturnCode);

        process.StandardInput.Dispose();

        Assert.Equal(47, await Watchdog.Run(() => process.Wait()));
        Assert.Equal(47, process.Poll());
        Assert.Equal(47, process.ReturnCode);
        Assert.Equal(47, process.Wait());
        Assert.Equal(47, await process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Wait_PastItsTimeout_ThrowsAndLetsTheCommandRun()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);

        Assert.False(process.TryWait(s_moment));
        Assert.False(await process.TryWaitAsync(s_moment).Watched());
        SubprocessTimeoutException fault = Assert.Throws<SubprocessTimeoutException>(() => process.Wait(s_moment));
        Assert.Contains("cat", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SubprocessTimeoutException>(() => process.WaitAsync(s_moment).Watched());
        Assert.Null(process.Poll());

        process.StandardInput.Dispose();
        Assert.True(await Watchdog.Run(() => process.TryWait(Watchdog.Limit)));
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitAsync_Cancelled_LetsTheCommandRun()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        using CancellationTokenSource cancel = new();

        Task<int> wait = process.WaitAsync(cancellationToken: cancel.Token);
        await cancel.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(wait));
        Assert.Null(process.Poll());
    }

    [Fact(Timeout = 60_000)]
    public async Task Wait_ByManyThreads_IsAnsweredToAll()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("read line; exit 3"), s_pipes);
        Task<int>[] waits = [.. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() => process.Wait())), process.WaitAsync()];

        process.StandardInput.Dispose();

        Assert.All(await Task.WhenAll(waits).Watched(), static code => Assert.Equal(3, code));
    }

    [Fact(Timeout = 60_000)]
    public async Task Streams_TextAndBytes_GoBothWays()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);

        await process.InputWriter.WriteLineAsync("söme text");
        Assert.Equal("söme text", await process.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken));
        process.InputWriter.Dispose();

        Assert.Equal("", await process.OutputReader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", await Watchdog.Run(process.ErrorReader.ReadToEnd));
        Assert.Equal(0, await process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Streams_BlockingReadAndWrite_MoveMoreThanAPipeHolds()
    {
        byte[] data = new byte[1 << 20];
        new Random(3).NextBytes(data);
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);

        Task write = Watchdog.Run(() =>
        {
            process.StandardInput.Write(data);
            process.StandardInput.Dispose();
        });
        byte[] read = new byte[data.Length];
        await Watchdog.Run(() => process.StandardOutput.ReadExactly(read));
        await write;

        Assert.True(read.AsSpan().SequenceEqual(data));
        Assert.Equal(0, process.StandardOutput.Read(read));
    }

    [Fact(Timeout = 60_000)]
    public async Task Streams_AsyncReadAndWrite_MoveMoreThanAPipeHolds()
    {
        byte[] data = new byte[1 << 20];
        new Random(4).NextBytes(data);
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);

        Task write = process.StandardInput.WriteAsync(data, TestContext.Current.CancellationToken).AsTask();
        byte[] read = new byte[data.Length];
        await process.StandardOutput.ReadExactlyAsync(read, TestContext.Current.CancellationToken).AsTask().Watched();
        await write.Watched();

        Assert.True(read.AsSpan().SequenceEqual(data));
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadAsync_Cancelled_LosesNothing()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource cancel = new();
            Task<int> read = process.StandardOutput.ReadAsync(new byte[10], cancel.Token).AsTask();
            await cancel.CancelAsync();
            Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(read));
        }

        await process.InputWriter.WriteAsync("here");
        byte[] buffer = new byte[10];
        Assert.Equal(4, await process.StandardOutput.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Write_ToACommandThatHasEnded_ThrowsBrokenPipe()
    {
        await using Subprocess process = Subprocess.Start(["true"], s_pipes);
        await process.WaitAsync().Watched();

        IOException fault = Assert.Throws<IOException>(() => process.StandardInput.Write("x"u8));
        Assert.Contains("EPIPE", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Streams_NotRedirected_AreRefused()
    {
        await using Subprocess process = Subprocess.Start(["true"]);

        Assert.Contains("Redirect.Pipe", Assert.Throws<InvalidOperationException>(() => process.StandardInput).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => process.StandardOutput);
        Assert.Throws<InvalidOperationException>(() => process.StandardError);
        Assert.Throws<InvalidOperationException>(() => process.OutputLines());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Communicate_SendsAndGetsAll(bool isAsync)
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("cat; echo done >&2"), s_pipes);

        CompletedSubprocess result = isAsync
            ? await process.CommunicateAsync("banana").Watched()
            : await Watchdog.Run(() => process.Communicate("banana"));

        Assert.Equal("banana", result.Output);
        Assert.Equal("done\n", result.ErrorOutput);
    }

    [Fact(Timeout = 60_000)]
    public async Task Communicate_WithoutPipes_OnlyWaits()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("exit 7"));

        CompletedSubprocess result = await Watchdog.Run(() => process.Communicate());

        Assert.Equal(7, result.ReturnCode);
        Assert.Equal("", result.Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Communicate_AfterWrites_KeepsTheOrder()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        await process.InputWriter.WriteAsync("banana");

        Assert.Equal("bananasplit", (await Watchdog.Run(() => process.Communicate("split"))).Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Communicate_InputClosedBefore_GoesOn()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        process.InputWriter.Write("x");
        process.StandardInput.Dispose();

        Assert.Equal("x", (await Watchdog.Run(() => process.Communicate())).Output);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Communicate_PastItsTimeout_KeepsTheDataForTheNextCall(bool isAsync)
    {
        byte[] input = new byte[1 << 20];
        new Random(7).NextBytes(input);
        input.AsSpan().Replace((byte)'\n', (byte)' ');
        using TemporaryFifo gate = new();
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("echo first; read line < \"$1\"; cat", gate.Path), s_pipes);

        SubprocessTimeoutException early = await Assert.ThrowsAsync<SubprocessTimeoutException>(() => isAsync
            ? process.CommunicateAsync(input, TimeSpan.FromMilliseconds(300)).Watched()
            : Watchdog.Run(() => process.Communicate(input, TimeSpan.FromMilliseconds(300))));
        Assert.Equal("first\n", early.Output);
        Assert.Null(await process.TryCommunicateAsync(s_moment).Watched());
        Assert.Null(process.TryCommunicate(s_moment));

        gate.Open();
        CompletedSubprocess result = isAsync
            ? await process.CommunicateAsync().Watched()
            : await Watchdog.Run(() => process.Communicate());

        Assert.Equal("first\n", result.Output[..6]);
        Assert.True(result.OutputBytes.Span[6..].SequenceEqual(input));
    }

    [Fact(Timeout = 60_000)]
    public async Task Communicate_InputTwice_IsRefused()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_pipes);
        await Watchdog.Run(() => process.Communicate("once"));

        Assert.Throws<InvalidOperationException>(() => process.Communicate("twice"));
        Assert.Equal("once", process.Communicate().Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Communicate_InputWithoutPipe_IsRefused()
    {
        await using Subprocess process = Subprocess.Start(["true"]);
        Assert.Throws<InvalidOperationException>(() => process.Communicate("x"));
    }

    [Fact(Timeout = 60_000)]
    public async Task CommunicateAsync_Cancelled_CanGoOn()
    {
        using CancellationTokenSource cancel = new();
        using TemporaryFifo gate = new();
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("read line < \"$1\"; cat", gate.Path), s_pipes);

        Task first = process.CommunicateAsync("input", cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(first));

        gate.Open();
        Assert.Equal("input", (await process.CommunicateAsync().Watched()).Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Signals_EndTheCommandWithTheirNumber()
    {
        foreach ((Action<Subprocess> end, int code) in new (Action<Subprocess>, int)[]
        {
            (static p => p.Terminate(), -15),
            (static p => p.Kill(), -9),
            (static p => p.SendSignal(2), -2),
            (static p => p.SendSignal(PosixSignal.SIGHUP), -1),
            (static p => p.SendSignal((PosixSignal)10), -10),
        })
        {
            await using Subprocess process = Subprocess.Start(["sleep", "1000"]);
            end(process);
            Assert.Equal(code, await process.WaitAsync().Watched());

            // To one that has ended, nothing happens.
            end(process);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-9)]
    [InlineData(65)]
    public void SendSignal_NoSuchSignal_IsRefused(int signal)
    {
        using Subprocess process = Subprocess.Start(["sleep", "1000"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => process.SendSignal(signal));
    }

    [Fact(Timeout = 60_000)]
    public async Task SendSignalToGroup_ReachesWhatTheCommandStarted()
    {
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell("sleep 1000 & echo $!; wait"), new() { StandardOutput = Redirect.Pipe, ProcessGroup = 0 });
        string child = (await process.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken))!;

        process.SendSignalToGroup(9);

        Assert.Equal(-9, await process.WaitAsync().Watched());
        await Eventually.TrueAsync(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z", StringComparison.Ordinal));
    }

    [Fact]
    public void SendSignalToGroup_LeadsNone_IsRefused()
    {
        using Subprocess process = Subprocess.Start(["sleep", "1000"]);
        Assert.Throws<InvalidOperationException>(() => process.SendSignalToGroup(9));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_ARunningCommand_TerminatesIt(bool isAsync)
    {
        Subprocess process = Subprocess.Start(["sleep", "1000"]);
        await DisposeAsync(process, isAsync);
        Assert.Equal(-15, process.ReturnCode);

        // Harmless again.
        await DisposeAsync(process, isAsync);
        Assert.Throws<ObjectDisposedException>(() => process.Communicate());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_OneThatIsDeafToSigterm_KillsIt(bool isAsync)
    {
        Subprocess process = Subprocess.Start(
            Subprocess.Shell("trap '' TERM; echo; while :; do sleep 0.01; done"),
            new() { StandardOutput = Redirect.Pipe, TerminateGrace = s_moment });
        await process.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken);

        await DisposeAsync(process, isAsync);

        Assert.Equal(-9, process.ReturnCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_WhileSomebodyCommunicates_GivesHimTheResult(bool isAsync)
    {
        Subprocess process = Subprocess.Start(Subprocess.Shell("echo x; exec sleep 1000"), new() { StandardOutput = Redirect.Pipe });
        Microsoft.Win32.SafeHandles.SafeFileHandle pipe = process.StandardOutput.SafeFileHandle;
        await Eventually.TrueAsync(() => Cohort.Platform.Descriptors.IsReadable(pipe));
        Task<CompletedSubprocess> communicate = isAsync ? process.CommunicateAsync() : Watchdog.Run(() => process.Communicate());
        await Eventually.TrueAsync(() => !Cohort.Platform.Descriptors.IsReadable(pipe));

        await DisposeAsync(process, isAsync);

        CompletedSubprocess result = await communicate.Watched();
        Assert.Equal(-15, result.ReturnCode);
        Assert.Equal("x\n", result.Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_AStoppedCommandWithFullPipe_EndsIt()
    {
        Subprocess process = Subprocess.Start(["yes"], new() { StandardOutput = Redirect.Pipe, TerminateGrace = s_moment });
        await process.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken);
        process.SendSignal(19);
        await Eventually.TrueAsync(() => Cohort.Platform.ProcessStat.Of(process.ProcessId) is { State: 'T' });

        await DisposeAsync(process, isAsync: true);

        Assert.Equal(-9, process.ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_LeaderOfAGroup_TakesTheGroupAlong()
    {
        Subprocess process = Subprocess.Start(
            Subprocess.Shell("(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.01; done) & wait"),
            new() { StandardOutput = Redirect.Pipe, NewSession = true, TerminateGrace = TimeSpan.FromSeconds(20) });
        string child = (await process.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken))!;

        await DisposeAsync(process, isAsync: true);

        await Eventually.TrueAsync(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task ToString_ShowsCommandProcessAndState()
    {
        await using Subprocess process = Subprocess.Start(["sleep", new string('0', 200) + "1000"]);
        Assert.Contains("…", process.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($"(process {process.ProcessId}, running)", process.ToString(), StringComparison.Ordinal);

        process.Kill();
        await process.Exited.Watched();
        Assert.EndsWith($"(process {process.ProcessId}, SIGKILL)", process.ToString(), StringComparison.Ordinal);
    }

    private static Task DisposeAsync(Subprocess process, bool isAsync) =>
        isAsync ? process.DisposeAsync().AsTask().Watched() : Watchdog.Run(process.Dispose);
}
