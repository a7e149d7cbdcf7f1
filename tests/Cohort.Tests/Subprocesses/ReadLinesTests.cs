using System.Globalization;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>The blocking forms of the lines of a command.</summary>
public sealed class ReadLinesTests : IDisposable
{
    private static readonly SubprocessOptions s_output = new() { StandardOutput = Redirect.Pipe };
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task ReadOutputLines_ComeWhileTheCommandRuns()
    {
        await using Subprocess process = Subprocess.Start(["cat"], s_output with { StandardInput = Redirect.Pipe });
        using IEnumerator<string> lines = process.ReadOutputLines().GetEnumerator();

        await process.InputWriter.WriteLineAsync("one");
        Assert.True(await Watchdog.Run(lines.MoveNext));
        Assert.Equal("one", lines.Current);
        await process.InputWriter.WriteAsync("two");
        process.InputWriter.Dispose();
        Assert.True(await Watchdog.Run(lines.MoveNext));
        Assert.Equal("two", lines.Current);
        Assert.False(await Watchdog.Run(lines.MoveNext));
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadLines_OfBoth_AreTaggedAndWhole()
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("seq 100000; echo err >&2"), new() { CaptureOutput = true });

        List<SubprocessLine> lines = await Watchdog.Run(() => process.ReadLines().ToList());

        Assert.Equal(100_000, lines.Count(static line => !line.IsError));
        Assert.Equal("err", Assert.Single(lines, static line => line.IsError).Text);

        await using Subprocess other = Subprocess.Start(Subprocess.Shell("echo e >&2"), new() { StandardError = Redirect.Pipe });
        Assert.Equal(["e"], await Watchdog.Run(() => other.ReadErrorLines().ToList()));
        Assert.Throws<InvalidOperationException>(() => other.ReadOutputLines());
        Assert.Throws<InvalidOperationException>(() => other.ReadLines());
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadOutputLines_TakerStopsEarly_CommandMeetsABrokenPipe()
    {
        await using Subprocess process = Subprocess.Start(["yes"], s_output);
        Assert.Equal(5000, await Watchdog.Run(() => process.ReadOutputLines().Take(5000).Count()));
        Assert.Equal(-13, await process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadOutputLines_GrandchildKeepsThePipe_End()
    {
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell("sleep 1000 & echo $!"), s_output with { DrainTimeout = TimeSpan.FromMilliseconds(50) });

        string pid = Assert.Single(await Watchdog.Run(() => process.ReadOutputLines().ToList()));

        Kill(pid);
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadOutputLines_DisposedMeanwhile_Throw()
    {
        Subprocess process = Subprocess.Start(["cat"], s_output with { StandardInput = Redirect.Pipe });
        using IEnumerator<string> lines = process.ReadOutputLines().GetEnumerator();
        await process.InputWriter.WriteLineAsync("one");
        Assert.True(await Watchdog.Run(lines.MoveNext));
        await process.DisposeAsync();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(Watchdog.Run(lines.MoveNext)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_WhileSomebodyCommunicatesAndAGrandchildKeepsThePipe_EndsBoth(bool isAsync)
    {
        // The shell ends when its input has, which Communicate closes: once it has ended, Communicate is at work.
        Subprocess process = Subprocess.Start(
            Subprocess.Shell("sleep 1000 & echo $!; cat"),
            s_output with { StandardInput = Redirect.Pipe, DrainTimeout = Timeout.InfiniteTimeSpan });
        Task<CompletedSubprocess> communicate = isAsync ? process.CommunicateAsync() : Watchdog.Run(() => process.Communicate());
        await process.Exited.Watched();

        if (isAsync)
        {
            await process.DisposeAsync().AsTask().Watched();
        }
        else
        {
            await Watchdog.Run(process.Dispose);
        }

        CompletedSubprocess result = await communicate.Watched();
        Kill(result.Output);
        Assert.Equal(0, result.ReturnCode);
        Assert.False(result.IsOutputComplete);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_AsSomebodyBeginsToCommunicate_GivesAllOrSaysSo()
    {
        using Barrier start = new(2);
        for (int i = 0; i < 300; i++)
        {
            Subprocess process = Subprocess.Start(["echo", "all"], s_output);
            await process.Exited.Watched();
            Task<CompletedSubprocess> communicate = Watchdog.Run(() =>
            {
                start.SignalAndWait(Watchdog.Limit);
                return process.Communicate();
            });
            start.SignalAndWait(Watchdog.Limit);
            Thread.SpinWait(i % 100 * 10);
            process.Dispose();

            try
            {
                CompletedSubprocess result = await communicate;
                Assert.True(result.Output == "all\n" || !result.IsOutputComplete, $"{i}: {result.Output ?? "nothing"}");
            }
            catch (ObjectDisposedException)
            {
                // The disposal was first.
            }
        }
    }

    private static void Kill(string text)
    {
        int pid = int.Parse(text, CultureInfo.InvariantCulture);
        using ProcessWatch watch = ProcessWatch.Open(pid);
        Assert.False(watch.HasExited);
        Libc.Kill(pid, Signal.SIGKILL);
        Assert.True(watch.Exit.Wait(Watchdog.Limit));
    }
}
