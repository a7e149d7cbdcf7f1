using Cohort.Platform;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>Pipelines that live.</summary>
public sealed class RunningPipelineTests : IDisposable
{
    private static readonly PipelineOptions s_pipes = new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Communicate_SendsAndGetsAll(bool isAsync)
    {
        byte[] input = new byte[1 << 20];
        new Random(4).NextBytes(input);
        await using RunningPipeline running = (new Command("cat") | "cat" | "cat").Start(s_pipes);

        CompletedPipeline result = isAsync
            ? await running.CommunicateAsync(input, cancellationToken: TestContext.Current.CancellationToken).Watched()
            : await Watchdog.Run(() => running.Communicate(input));

        Assert.True(result.OutputBytes.Span.SequenceEqual(input));
        Assert.True(running.HasExited);
        Assert.Equal([0, 0, 0], running.ReturnCodes.Select(static code => code!.Value));
        await running.Exited.Watched();
        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(() => running.CommunicateAsync("more").Watched());
        Assert.Contains("earlier call", fault.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Communicate_PastItsTimeout_GoesOnAtTheNextCall(bool isAsync)
    {
        TimeSpan brief = TimeSpan.FromMilliseconds(100);
        using TemporaryFifo gate = new();
        Command waiting = Command.Shell("cat; read -r line < \"$1\"; echo $line", gate.Path);
        await using RunningPipeline running = (new Command("cat") | waiting).Start(s_pipes);

        SubprocessTimeoutException late = isAsync
            ? await Assert.ThrowsAsync<SubprocessTimeoutException>(() => running.CommunicateAsync("first\n", brief).Watched())
            : await Assert.ThrowsAsync<SubprocessTimeoutException>(() => Watchdog.Run(() => running.Communicate("first\n", brief)));
        Assert.Null(isAsync
            ? await running.TryCommunicateAsync(brief).Watched()
            : await Watchdog.Run(() => running.TryCommunicate(brief)));
        gate.Open();
        CompletedPipeline result = isAsync
            ? await running.CommunicateAsync().Watched()
            : await Watchdog.Run(() => running.Communicate());

        Assert.Equal("first\n", late.Output);
        Assert.Equal("first\ngo\n", result.Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Communicate_InputForNoPipe_IsRefusedAtOnce()
    {
        await using RunningPipeline running = (new Command("sleep", "1000") | ["sleep", "1000"]).Start(new() { StandardOutput = Redirect.Pipe });

        Assert.Throws<InvalidOperationException>(() => running.Communicate("x"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => running.CommunicateAsync("x").Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Streams_AreThoseOfFirstAndLast()
    {
        await using RunningPipeline running = (new Command("cat") | ["sed", "-u", "s/^/> /"]).Start(s_pipes);

        await running.First.InputWriter.WriteLineAsync("hello");
        Assert.Equal("> hello", await running.Last.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken));
        running.First.StandardInput.Close();
        await running.Exited.Watched();

        Assert.Contains("cat (process ", running.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, running.Processes.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Lines_WhoeverStopsEarly_EndsAllBySigpipe()
    {
        await using RunningPipeline running = (new Command("yes") | "cat").Start(s_pipes);

        await foreach (string line in running.Last.OutputLines(TestContext.Current.CancellationToken))
        {
            Assert.Equal("y", line);
            break;
        }

        await running.Exited.Watched();
        Assert.Equal([-Signal.SIGPIPE, -Signal.SIGPIPE], running.ReturnCodes.Select(static code => code!.Value));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Signal.SIGTERM)]
    [InlineData(Signal.SIGKILL)]
    [InlineData(Signal.SIGHUP)]
    public async Task Signals_GoToAll(int signal)
    {
        await using RunningPipeline running = (new Command("sleep", "1000") | ["sleep", "1000"]).Start();

        Assert.Equal([null, null], running.ReturnCodes);
        switch (signal)
        {
            case Signal.SIGTERM:
                running.Terminate();
                break;
            case Signal.SIGKILL:
                running.Kill();
                break;
            default:
                running.SendSignal(signal);
                break;
        }

        await running.Exited.Watched();
        Assert.Equal([-signal, -signal], running.ReturnCodes.Select(static code => code!.Value));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_WhileItRuns_EndsAll(bool isAsync)
    {
        RunningPipeline running = (new Command("sleep", "1000") | ["sleep", "1000"] | "yes").Start(s_pipes);
        if (isAsync)
        {
            await running.DisposeAsync();
        }
        else
        {
            await Watchdog.Run(running.Dispose);
        }

        Assert.True(running.HasExited);
        Assert.Throws<ObjectDisposedException>(() => running.Communicate());
    }
}
