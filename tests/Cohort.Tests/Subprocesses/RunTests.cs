using System.Text;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Run and its kin: one call from start to end.</summary>
public sealed class RunTests : IDisposable
{
    private static readonly SubprocessOptions s_capture = new() { CaptureOutput = true };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Run_CommandThatEnds_GivesReturnCode()
    {
        await Watchdog.Run(static () =>
        {
            Assert.Equal(0, Subprocess.Run(["true"]).ReturnCode);
            Assert.Equal(47, Subprocess.Run(Subprocess.Shell("exit 47")).ReturnCode);
        });
        Assert.Equal(47, (await Subprocess.RunAsync(Subprocess.Shell("exit 47")).Watched()).ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_Captured_HasBothStreamsApart()
    {
        CompletedSubprocess result = await Watchdog.Run(static () => Subprocess.Run(Subprocess.Shell("echo out; echo err >&2"), s_capture));

        Assert.Equal("out\n", result.Output);
        Assert.Equal("err\n", result.ErrorOutput);
        Assert.Equal("out\n"u8.ToArray(), result.OutputBytes.ToArray());
        Assert.True(result.IsOutputComplete);
        Assert.False(result.IsOutputTruncated);
        Assert.Equal(["/bin/sh", "-c", "echo out; echo err >&2"], result.Arguments);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_NotCaptured_HasNoOutput()
    {
        CompletedSubprocess result = await Watchdog.Run(static () => Subprocess.Run(["true"]));

        Assert.Equal("", result.Output);
        Assert.True(result.ErrorBytes.IsEmpty);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_ErrorAsOutput_KeepsTheOrder()
    {
        SubprocessOptions options = new() { StandardOutput = Redirect.Pipe, StandardError = Redirect.StandardOutput };

        CompletedSubprocess result = await Watchdog.Run(() => Subprocess.Run(Subprocess.Shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2"), options));

        Assert.Equal("1\n2\n3\n4\n", result.Output);
        Assert.Equal("", result.ErrorOutput);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_MuchInAllDirections_DoesNotBlock(bool isAsync)
    {
        // cat fills its output while we are still sending; tee fills the other pipe as well.
        byte[] input = new byte[8 << 20];
        new Random(5).NextBytes(input);
        SubprocessOptions options = s_capture with { StandardInput = Redirect.Bytes(input) };
        IReadOnlyList<string> command = Subprocess.Shell("tee /dev/stderr");

        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(command, options).Watched()
            : await Watchdog.Run(() => Subprocess.Run(command, options));

        Assert.Equal(0, result.ReturnCode);
        Assert.True(result.OutputBytes.Span.SequenceEqual(input));
        Assert.True(result.ErrorBytes.Span.SequenceEqual(input));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_InputThatNobodyReads_IsDropped(bool isAsync)
    {
        SubprocessOptions options = s_capture with { StandardInput = Redirect.Text(new string('x', 1 << 20)) };

        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(["true"], options).Watched()
            : await Watchdog.Run(() => Subprocess.Run(["true"], options));

        Assert.Equal(0, result.ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_InputPipeWithoutInput_IsAtItsEnd()
    {
        CompletedSubprocess result = await Watchdog.Run(static () => Subprocess.Run(["cat"], s_capture with { StandardInput = Redirect.Pipe }));

        Assert.Equal("", result.Output);
        Assert.Equal(0, result.ReturnCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_PastItsTimeout_EndsTheCommandAndKeepsItsOutput(bool isAsync)
    {
        IReadOnlyList<string> command = Subprocess.Shell("echo begun; echo oops >&2; exec sleep 1000");
        TimeSpan timeout = TimeSpan.FromMilliseconds(300);

        Exception fault = await Watchdog.FaultOf(isAsync
            ? Subprocess.RunAsync(command, s_capture, timeout)
            : Watchdog.Run(() => Subprocess.Run(command, s_capture, timeout)));

        SubprocessTimeoutException late = Assert.IsType<SubprocessTimeoutException>(fault);
        Assert.IsAssignableFrom<TimeoutException>(late);
        Assert.Equal("begun\n", late.Output);
        Assert.Equal("oops\n", late.ErrorOutput);
        Assert.Equal(timeout, late.Timeout);
        Assert.Equal(command, late.Arguments);
        Assert.Contains("0.3 seconds", late.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_PastItsTimeout_LetsTheCommandSayItsLastWords()
    {
        IReadOnlyList<string> command = Subprocess.Shell("trap 'echo last; exit 3' TERM; echo first; while :; do sleep 0.01; done");

        Exception fault = await Watchdog.FaultOf(Watchdog.Run(() => Subprocess.Run(command, s_capture, TimeSpan.FromMilliseconds(500))));

        Assert.Equal("first\nlast\n", Assert.IsType<SubprocessTimeoutException>(fault).Output);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_PastItsTimeoutAndDeafToSigterm_IsKilled(bool isAsync)
    {
        IReadOnlyList<string> command = Subprocess.Shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done");
        SubprocessOptions options = s_capture with { TerminateGrace = TimeSpan.FromMilliseconds(50) };
        TimeSpan timeout = TimeSpan.FromMilliseconds(500);

        Exception fault = await Watchdog.FaultOf(isAsync
            ? Subprocess.RunAsync(command, options, timeout)
            : Watchdog.Run(() => Subprocess.Run(command, options, timeout)));

        Assert.Equal("deaf\n", Assert.IsType<SubprocessTimeoutException>(fault).Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task RunAsync_Cancelled_EndsTheCommand()
    {
        using CancellationTokenSource cancel = new();
        TaskCompletionSource<int> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SubprocessOptions options = new()
        {
            StandardOutput = Redirect.ToLines(line => started.TrySetResult(int.Parse(line, System.Globalization.CultureInfo.InvariantCulture))),
        };

        Task<CompletedSubprocess> run = Subprocess.RunAsync(Subprocess.Shell("echo $$; exec sleep 1000"), options, cancellationToken: cancel.Token);
        int pid = await started.Task.Watched();
        await cancel.CancelAsync();

        Exception fault = await Watchdog.FaultOf(run);
        Assert.IsAssignableFrom<OperationCanceledException>(fault);
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact(Timeout = 60_000)]
    public async Task RunAsync_CancelledBefore_StartsNothing()
    {
        using TemporaryFolder folder = new();
        Exception fault = await Watchdog.FaultOf(Subprocess.RunAsync(
            ["touch", folder.PathOf("made")], cancellationToken: new CancellationToken(canceled: true)));

        Assert.IsAssignableFrom<OperationCanceledException>(fault);
        Assert.False(File.Exists(folder.PathOf("made")));
    }

    [Fact(Timeout = 60_000)]
    public async Task CheckReturnCode_NotZero_ThrowsWithCommandCodeAndTail()
    {
        CompletedSubprocess result = await Watchdog.Run(static () => Subprocess.Run(Subprocess.Shell("echo out; echo 'it broke' >&2; exit 47"), s_capture));

        SubprocessFailedException fault = Assert.Throws<SubprocessFailedException>(() => result.CheckReturnCode());

        Assert.Equal(47, fault.ReturnCode);
        Assert.Null(fault.SignalName);
        Assert.Same(result, fault.Result);
        Assert.Equal("out\n", fault.Output);
        Assert.Contains("return code 47", fault.Message, StringComparison.Ordinal);
        Assert.Contains("it broke", fault.Message, StringComparison.Ordinal);
        Assert.Contains("exit 47", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task CheckReturnCode_Zero_GivesTheResult()
    {
        CompletedSubprocess result = await Watchdog.Run(static () => Subprocess.Run(["true"]));
        Assert.Same(result, result.CheckReturnCode());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("KILL", -9, "SIGKILL")]
    [InlineData("ABRT", -6, "SIGABRT")]
    [InlineData("TERM", -15, "SIGTERM")]
    [InlineData("40", -40, "signal 40")]
    public async Task Run_EndedBySignal_GivesItsNegativeNumberAndName(string signal, int code, string name)
    {
        // With cores off, and as the shell itself, which exec replaces.
        CompletedSubprocess result = await Watchdog.Run(() => Subprocess.Run(Subprocess.Shell($"ulimit -c 0; kill -{signal} $$")));

        Assert.Equal(code, result.ReturnCode);
        Assert.Equal(name, result.SignalName);
        SubprocessFailedException fault = Assert.Throws<SubprocessFailedException>(() => result.CheckReturnCode());
        Assert.Equal(name, fault.SignalName);
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_Check_Throws()
    {
        SubprocessOptions check = new() { Check = true };
        Assert.IsType<SubprocessFailedException>(await Watchdog.FaultOf(Watchdog.Run(() => Subprocess.Run(["false"], check))));
        Assert.IsType<SubprocessFailedException>(await Watchdog.FaultOf(Subprocess.RunAsync(["false"], check)));
        Assert.Equal(0, (await Subprocess.RunAsync(["true"], check).Watched()).ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Call_GivesTheCode()
    {
        Assert.Equal(47, await Watchdog.Run(static () => Subprocess.Call(Subprocess.Shell("exit 47"))));
        Assert.Equal(3, await Subprocess.CallAsync(Subprocess.Shell("exit $1", "3")).Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task CheckCall_ThrowsUnlessZero()
    {
        await Watchdog.Run(static () => Subprocess.CheckCall(["true"]));
        await Subprocess.CheckCallAsync(["true"]).Watched();
        SubprocessFailedException fault = Assert.IsType<SubprocessFailedException>(
            await Watchdog.FaultOf(Watchdog.Run(static () => Subprocess.CheckCall(Subprocess.Shell("exit 47")))));
        Assert.Equal(47, fault.ReturnCode);
        Assert.IsType<SubprocessFailedException>(await Watchdog.FaultOf(Subprocess.CheckCallAsync(["false"])));
    }

    [Fact(Timeout = 60_000)]
    public async Task CheckOutput_GivesOutputAsTextOrBytes()
    {
        Assert.Equal("BDFL\n", await Watchdog.Run(static () => Subprocess.CheckOutput(["echo", "BDFL"])));
        Assert.Equal("BDFL\n", await Subprocess.CheckOutputAsync(["echo", "BDFL"]).Watched());
        ReadOnlyMemory<byte> raw = await Watchdog.Run(static () => Subprocess.CheckOutputBytes(["printf", "\\377\\000x"]));
        Assert.Equal([255, 0, (byte)'x'], raw.ToArray());
        Assert.Equal([255], (await Subprocess.CheckOutputBytesAsync(["printf", "\\377"]).Watched()).ToArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task CheckOutput_NotZero_ThrowsWithTheOutput()
    {
        SubprocessFailedException fault = Assert.IsType<SubprocessFailedException>(
            await Watchdog.FaultOf(Subprocess.CheckOutputAsync(Subprocess.Shell("echo so far; exit 5"))));
        Assert.Equal(5, fault.ReturnCode);
        Assert.Equal("so far\n", fault.Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task CheckOutput_ErrorAsOutput_IsMerged() => Assert.Equal("BDFL\n", await Subprocess.CheckOutputAsync(
        Subprocess.Shell("echo BDFL >&2"), new SubprocessOptions { StandardError = Redirect.StandardOutput }).Watched());

    [Fact]
    public void CheckOutput_WithOutputRedirected_IsRefused()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(
            static () => Subprocess.CheckOutput(["true"], new SubprocessOptions { StandardOutput = Redirect.Null }));
        Assert.Contains("StandardOutput", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task GetStatusOutput_MergesAndStripsOneLineEnd()
    {
        Assert.Equal((0, "xyzzy"), await Watchdog.Run(static () => Subprocess.GetStatusOutput("echo xyzzy")));
        Assert.Equal((5, "out\nerr\n"), await Subprocess.GetStatusOutputAsync("echo out; echo err >&2; echo; exit 5").Watched());
        Assert.Equal(-15, (await Subprocess.GetStatusOutputAsync("kill -TERM $$").Watched()).ReturnCode);
        Assert.Equal("xyzzy", await Watchdog.Run(static () => Subprocess.GetOutput("printf xyzzy")));
        Assert.Equal("xyzzy", await Subprocess.GetOutputAsync("echo xyzzy").Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_Measured_HasUsageAndDuration()
    {
        CompletedSubprocess result = await Watchdog.Run(static () => Subprocess.Run(Subprocess.Shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")));

        Assert.True(result.IsStatusKnown);
        Assert.NotNull(result.Usage);
        Assert.True(result.Usage.UserTime + result.Usage.SystemTime > TimeSpan.Zero);
        Assert.True(result.Usage.MaxResidentBytes > 100_000);
        Assert.True(result.Duration > TimeSpan.Zero);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_Encoding_IsThatOfTextInAndOut()
    {
        SubprocessOptions options = new() { CaptureOutput = true, Encoding = Encoding.Latin1, StandardInput = Redirect.Text("é") };

        CompletedSubprocess result = await Subprocess.RunAsync(["cat"], options).Watched();

        Assert.Equal([0xE9], result.OutputBytes.ToArray());
        Assert.Equal("é", result.Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_OutputThatIsNoUtf8_IsDecodedWithReplacement()
    {
        CompletedSubprocess result = await Subprocess.RunAsync(["printf", "a\\377b"], s_capture).Watched();

        Assert.Equal("a\uFFFDb", result.Output);
        Assert.Equal([(byte)'a', 255, (byte)'b'], result.OutputBytes.ToArray());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(NewlineMode.Keep, "a\r\nb\rc\n")]
    [InlineData(NewlineMode.Normalize, "a\nb\nc\n")]
    public async Task Run_Newlines_AreKeptOrNormalized(NewlineMode mode, string expected)
    {
        CompletedSubprocess result = await Subprocess.RunAsync(["printf", "a\\r\\nb\\rc\\n"], s_capture with { Newlines = mode }).Watched();
        Assert.Equal(expected, result.Output);
    }

    [Fact]
    public void Run_NegativeTimeout_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(
        static () => Subprocess.Run(["true"], timeout: TimeSpan.FromSeconds(-2)));

    [Fact(Timeout = 60_000)]
    public async Task ToString_SaysWhatAndHowItEnded()
    {
        CompletedSubprocess result = await Subprocess.RunAsync(["sh", "-c", "exit 3"]).Watched();
        Assert.Equal("sh -c 'exit 3': return code 3", result.ToString());
    }
}
