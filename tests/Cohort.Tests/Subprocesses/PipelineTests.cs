using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Commands that read each other's output, run to their ends.</summary>
public sealed class PipelineTests : IDisposable
{
    private static readonly PipelineOptions s_capture = new() { CaptureOutput = true };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_ThreeCommands_PassesTheDataOn(bool isAsync)
    {
        CompletedPipeline result = await RunAsync(new Command("printf", "b\\nc\\na\\n") | "sort" | ["tr", "a-z", "A-Z"], s_capture, isAsync);

        Assert.Equal("A\nB\nC\n", result.Output);
        Assert.Equal("A\nB\nC\n"u8.ToArray(), result.OutputBytes.ToArray());
        Assert.Equal([0, 0, 0], result.ReturnCodes);
        Assert.Equal(0, result.ReturnCode);
        Assert.Null(result.Failed);
        Assert.Same(result, result.CheckReturnCodes());
        Assert.True(result.Duration > TimeSpan.Zero);
        Assert.Equal("printf 'b\\nc\\na\\n' | sort | tr a-z A-Z: return codes 0, 0, 0", result.ToString());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_FiftyCommands_PassesTheDataOn(bool isAsync)
    {
        byte[] input = new byte[300_000];
        new Random(3).NextBytes(input);
        Pipeline pipeline = Enumerable.Range(0, 48).Aggregate(new Command("cat") | "cat", static (longer, _) => longer | "cat");

        CompletedPipeline result = await RunAsync(
            pipeline, new() { StandardInput = Redirect.Bytes(input), StandardOutput = Redirect.Pipe }, isAsync);

        Assert.Equal(50, result.Results.Count);
        Assert.True(result.OutputBytes.Span.SequenceEqual(input));
        Assert.All(result.ReturnCodes, static code => Assert.Equal(0, code));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_LaterOneStopsReading_EndsTheFirstBySigpipe(bool isAsync)
    {
        CompletedPipeline result = await RunAsync(new Command("yes") | ["head", "-n", "1"], s_capture, isAsync);

        Assert.Equal("y\n", result.Output);
        Assert.Equal([-Signal.SIGPIPE, 0], result.ReturnCodes);
        Assert.Null(result.Failed);
        Assert.Equal("SIGPIPE", result.Results[0].SignalName);
        result.CheckReturnCodes();
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_BrokenPipeFails_CountsItAsAShellDoes()
    {
        Pipeline pipeline = new Command("yes") | ["head", "-n", "1"];
        PipelineOptions options = s_capture with { BrokenPipeFails = true, PipeFail = true };

        CompletedPipeline result = await RunAsync(pipeline, options, isAsync: false);

        Assert.Equal(-Signal.SIGPIPE, result.ReturnCode);
        Assert.Same(result.Results[0], result.Failed);
        await Assert.ThrowsAsync<SubprocessFailedException>(() => RunAsync(pipeline, options with { Check = true }, isAsync: true));
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_LastOneEndedBySigpipe_HasFailed()
    {
        CompletedPipeline result = await RunAsync(new Command("true") | Command.Shell("kill -PIPE $$"), s_capture, isAsync: false);

        Assert.Same(result.Results[1], result.Failed);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_SomeFail_HasAllCodesAndNamesTheFirst(bool isAsync)
    {
        Pipeline pipeline = Command.Shell("exit 0") | Command.Shell("echo broke >&2; exit 3") | Command.Shell("exit 4") | "true";

        CompletedPipeline result = await RunAsync(pipeline, s_capture, isAsync);

        Assert.Equal([0, 3, 4, 0], result.ReturnCodes);
        Assert.Equal(0, result.ReturnCode);
        Assert.Equal(4, (await RunAsync(pipeline, s_capture with { PipeFail = true }, isAsync)).ReturnCode);
        SubprocessFailedException fault = Assert.Throws<SubprocessFailedException>(result.CheckReturnCodes);
        Assert.Equal(3, fault.ReturnCode);
        Assert.Equal("broke\n", fault.ErrorOutput);
        Assert.StartsWith("In the pipeline `/bin/sh -c 'exit 0' | ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ended with return code 3", fault.Message, StringComparison.Ordinal);
        fault = await Assert.ThrowsAsync<SubprocessFailedException>(() => RunAsync(pipeline, s_capture with { Check = true }, isAsync));
        Assert.Equal(3, fault.ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_CheckOfOneCommand_IsAboutThatAlone()
    {
        SubprocessOptions check = new() { Check = true };
        Command failing = Command.Shell("exit 3");

        CompletedPipeline result = await RunAsync(failing | new Command("true").With(check), s_capture, isAsync: false);

        Assert.Equal([3, 0], result.ReturnCodes);
        await Assert.ThrowsAsync<SubprocessFailedException>(() => RunAsync(failing.With(check) | "true", s_capture, isAsync: false));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_Captured_KeepsErrorsApart(bool isAsync)
    {
        Pipeline pipeline = Command.Shell("echo one >&2; echo data") | Command.Shell("echo two >&2; cat");

        CompletedPipeline result = await RunAsync(pipeline, s_capture, isAsync);

        Assert.Equal("data\n", result.Output);
        Assert.Equal(["one\n", "two\n"], result.Results.Select(static one => one.ErrorOutput));
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_ErrorAsOutput_GoesToTheNext()
    {
        Command noisy = Command.Shell("echo a; echo b >&2").With(new() { StandardError = Redirect.StandardOutput });

        CompletedPipeline result = await RunAsync(noisy | ["tr", "a-z", "A-Z"], s_capture with { CaptureOutput = false, StandardOutput = Redirect.Pipe }, isAsync: false);

        Assert.Equal("A\nB\n", result.Output);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_Redirects_AreThoseOfFirstAndLast(bool isAsync)
    {
        using TemporaryFolder folder = new();
        string input = folder.Write("input", "b\na\n");
        string output = folder.PathOf("output");
        Command first = new(["sort"], new() { StandardInput = Redirect.FromFile(input) });
        Command last = new(["tr", "a-z", "A-Z"], new() { StandardOutput = Redirect.ToFile(output) });

        CompletedPipeline result = await RunAsync(first | last, new(), isAsync);
        Assert.Equal("A\nB\n", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        Assert.Equal("", result.Output);

        // Those of the pipeline come before them.
        List<string> lines = [];
        using MemoryStream text = new("x\n"u8.ToArray());
        await RunAsync(first | last, new() { StandardInput = Redirect.FromStream(text), StandardOutput = Redirect.ToLines(lines.Add) }, isAsync);
        Assert.Equal(["X"], lines);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_MuchInAllDirections_DoesNotBlock(bool isAsync)
    {
        byte[] input = new byte[4 << 20];
        new Random(5).NextBytes(input);
        Pipeline pipeline = Command.Shell("tee /dev/stderr") | Command.Shell("tee /dev/stderr");

        CompletedPipeline result = await RunAsync(pipeline, s_capture with { StandardInput = Redirect.Bytes(input) }, isAsync);

        Assert.True(result.OutputBytes.Span.SequenceEqual(input));
        Assert.All(result.Results, one => Assert.True(one.ErrorBytes.Span.SequenceEqual(input)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_OptionsOfEachCommand_Hold(bool isAsync)
    {
        Command Variable(string value) => Command.Shell("cat; echo $X").With(new()
        {
            Environment = new Dictionary<string, string?> { ["X"] = value },
        });

        CompletedPipeline result = await RunAsync(
            Variable("1") | Variable("2"), s_capture with { StandardInput = Redirect.Null }, isAsync);

        Assert.Equal("1\n2\n", result.Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_ThePipeBetween_IsTheSameOnBothSides()
    {
        // Nobody copies: what the one writes to is what the other reads from.
        Command writer = Command.Shell("own=$(readlink /proc/$$/fd/1); echo $own >&2");
        Command reader = Command.Shell("own=$(readlink /proc/$$/fd/0); echo $own");

        CompletedPipeline result = await RunAsync(writer | reader, s_capture, isAsync: false);

        Assert.StartsWith("pipe:", result.Output, StringComparison.Ordinal);
        Assert.Equal(result.Output, result.Results[0].ErrorOutput);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(null, 1 << 18)]
    [InlineData(1 << 17, 1 << 17)]
    public async Task Run_PipeSize_IsThatOfThePipeToTheNext(int? size, int expected)
    {
        Assert.SkipWhen(Pythons.Found.Count == 0, "there is no Python on this machine");
        Command show = new([Pythons.Found[^1], "-c", "import fcntl; print(fcntl.fcntl(0, 1032))"]);

        CompletedPipeline result = await RunAsync(new Command("true").With(new() { PipeSize = size }) | show, s_capture, isAsync: false);

        Assert.Equal($"{expected}\n", result.Output);
    }

    private static Task<CompletedPipeline> RunAsync(Pipeline pipeline, PipelineOptions options, bool isAsync) => isAsync
        ? pipeline.RunAsync(options, cancellationToken: TestContext.Current.CancellationToken).Watched()
        : Watchdog.Run(() => pipeline.Run(options));
}
