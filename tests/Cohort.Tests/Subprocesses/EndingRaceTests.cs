using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Ends that come at a bad moment, or not as they should: nobody hangs, and nothing is lost or left.</summary>
public sealed partial class EndingRaceTests : IDisposable
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(50);
    private static readonly SubprocessOptions s_output = new() { StandardOutput = Redirect.Pipe };
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Communicate_AsTheEndIsSeenElsewhere_ReturnsEachTime(bool hasPipe)
    {
        SubprocessOptions options = hasPipe ? s_output : new();
        for (int i = 0; i < 1500; i++)
        {
            await using Subprocess process = Subprocess.Start(["true"], options);
            Assert.NotNull(await Watchdog.Run(() => process.TryCommunicate(Watchdog.Limit)));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Wait_OnAThreadThatContinuationsAreSentTo_DoesNotWaitForThem()
    {
        await Watchdog.Run(static () =>
        {
            Silent context = new();
            SynchronizationContext.SetSynchronizationContext(context);
            ConcurrentQueue<string> lines = [];
            using (Subprocess process = Subprocess.Start(["echo", "a"], new() { StandardOutput = Redirect.ToLines(lines.Enqueue) }))
            {
                Assert.True(process.TryWait(Watchdog.Limit));
            }

            Assert.Equal(["a"], lines);
            Assert.Equal(0, context.Posts);
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_AsSomebodyBeginsToReadATerminal_ThrowsNothing()
    {
        using Barrier start = new(2);
        for (int i = 0; i < 2000; i++)
        {
            Pty terminal = Pty.Open();
            Task reading = Watchdog.Run(() =>
            {
                start.SignalAndWait(Watchdog.Limit);
                terminal.Stream.ReadExactly(new byte[1]);
            });
            start.SignalAndWait(Watchdog.Limit);
            Thread.SpinWait(i % 200);
            terminal.Dispose();
            Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(reading));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_AsSomebodyBeginsToWaitForOutput_EndsThatWait()
    {
        using Barrier start = new(2);
        for (int i = 0; i < 500; i++)
        {
            await using Subprocess process = Subprocess.Start(["cat"], s_output with { StandardInput = Redirect.Pipe });
            Expect expect = new(process);
            Task waiting = Watchdog.Run(() =>
            {
                start.SignalAndWait(Watchdog.Limit);
                expect.TryWaitFor(["never"], Timeout.InfiniteTimeSpan);
            });
            start.SignalAndWait(Watchdog.Limit);
            Thread.SpinWait(i % 200);
            expect.Dispose();
            process.Kill();
            await waiting.ContinueWith(static _ => { }, TaskScheduler.Default).Watched();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task CommunicateAsync_OutputThatNeverRests_GivesItsTaskBackAndKeepsToTheTime()
    {
        await using Subprocess process = Subprocess.Start(
            ["yes"], s_output with { BufferSize = 1, CaptureLimit = 10, CaptureOverflow = CaptureOverflow.KeepHead });
        Assert.Equal('y', (char)process.StandardOutput.ReadByte());
        Task<CompletedSubprocess?> late = await Watchdog.Run(() => process.TryCommunicateAsync(s_short));
        Assert.Null(await late.Watched());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tee_ToAPipeThatNobodyEmpties_LeavesTimeoutAndDisposal(bool isAsync)
    {
        (SafeHandle read, SafeHandle write) = Full();
        using (read)
        using (write)
        {
            SubprocessOptions options = new() { StandardOutput = Redirect.Tee(Redirect.Pipe, Redirect.Handle(write)), DrainTimeout = TimeSpan.Zero };
            await Assert.ThrowsAsync<SubprocessTimeoutException>(() => isAsync
                ? Subprocess.RunAsync(["echo", "x"], options, s_short).Watched()
                : Watchdog.Run(() => Subprocess.Run(["echo", "x"], options, s_short)));
            Subprocess started = Subprocess.Start(["echo", "x"], options);
            await started.Exited.Watched();
            await Watchdog.Run(started.Dispose);
        }

        static (SafeHandle Read, SafeHandle Write) Full()
        {
            var (read, write) = Pipes.Create(null);
            Pipes.SetNonBlocking(write);
            while (Descriptors.TryWrite(write, new byte[4096]) > 0)
            {
            }

            return (read, write);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task ToLines_OfTwoOutputsAndSeveralCommands_AreCalledOneAtATime()
    {
        int inside = 0;
        int most = 0;
        int count = 0;
        Redirect lines = Redirect.ToLines(_ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.Yield();
            count++;
            Interlocked.Decrement(ref inside);
        });
        Command both = Command.Shell("seq 1000; seq 1000 >&2");
        await Subprocess.RunAsync(both.Arguments, new() { StandardOutput = lines, StandardError = lines }).Watched();
        await (both | Command.Shell("cat >/dev/null; seq 1000 >&2")).RunAsync(new() { StandardOutput = lines, StandardError = lines }).Watched();
        Assert.Equal((1, 4000), (most, count));
    }

    [Fact(Timeout = 60_000)]
    public async Task ToStream_OfTwoOutputs_IsWrittenToByOneAtATime()
    {
        using Counting stream = new();
        Redirect target = Redirect.ToStream(stream);
        await Subprocess.RunAsync(
            Subprocess.Shell("seq 3000; seq 3000 >&2"), new() { StandardOutput = target, StandardError = target, BufferSize = 64 }).Watched();
        Assert.Equal(1, stream.Most);
        Assert.Equal(2 * Enumerable.Range(1, 3000).Sum(static n => $"{n}\n".Length), stream.Taken);
    }

    [Fact(Timeout = 60_000)]
    public async Task ToFile_OfAllCommandsOfAPipeline_LosesNothing()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("log");
        Redirect log = Redirect.ToFile(path);
        Pipeline pipeline = Command.Shell("printf AAAA >&2") | Command.Shell("cat; printf B >&2; printf C");
        Assert.Equal(0, (await pipeline.RunAsync(new() { StandardOutput = log, StandardError = log }).Watched()).ReturnCode);
        Assert.Equal("AAAABC", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));

        Redirect tee = Redirect.ToFile(path);
        CompletedSubprocess result = Subprocess.Run(
            Subprocess.Shell("printf 12; printf 345 >&2"),
            new() { StandardOutput = Redirect.Tee(Redirect.Pipe, tee), StandardError = Redirect.Tee(Redirect.Pipe, tee) });
        Assert.Equal(("12", "345"), (result.Output, result.ErrorOutput));
        Assert.Equal("12345", string.Concat((await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Order()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_OfADetachedCommandThatSomebodyCommunicatesWith_EndsThatCall(bool isAsync)
    {
        Subprocess process = Subprocess.Start(["cat"], s_output with { Detached = true, StandardInput = Redirect.Pipe });
        Task<CompletedSubprocess> communicate = isAsync ? process.CommunicateAsync("text") : Watchdog.Run(() => process.Communicate("text"));
        await process.Exited.Watched();
        Assert.Equal("text", (await communicate.Watched()).Output);
        await process.DisposeAsync();

        int sleeper;
        using (Subprocess shell = Subprocess.Start(
            ["sh", "-c", "cat; exec sleep 1000"], s_output with { Detached = true, StandardInput = Redirect.Pipe }))
        {
            sleeper = shell.ProcessId;
            communicate = isAsync ? shell.CommunicateAsync("text") : Watchdog.Run(() => shell.Communicate("text"));

            // Its input was closed: somebody communicates.
            await Eventually.TrueAsync(() => ProcessStat.Of(sleeper)!.Value.Name == "sleep");
        }

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(communicate));
        using ProcessWatch watch = ProcessWatch.Open(sleeper);
        Assert.False(watch.HasExited);
        Assert.Equal(0, Libc.Kill(sleeper, Signal.SIGKILL));
        Assert.True(watch.Exit.Wait(Watchdog.Limit));
    }

    /// <summary>Who traces a process sees its end first; until then its parent learns that it is dead, and not how.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Wait_ForACommandThatIsTraced_GivesItsStatusOnceItIsKnown()
    {
        await using Subprocess process = Subprocess.Start(["sleep", "1000"]);
        const string Seize = "import ctypes, sys; libc = ctypes.CDLL(None); assert libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0; print('on', flush=True); sys.stdin.read()";
        await using Subprocess tracer = Subprocess.Start(
            ["python3", "-c", Seize, process.ProcessId.ToString(CultureInfo.InvariantCulture)], s_output with { StandardInput = Redirect.Pipe });
        Assert.Equal("on", await tracer.OutputReader.ReadLineAsync(TestContext.Current.CancellationToken));
        process.Kill();
        Assert.False(await Watchdog.Run(() => process.TryWait(s_short)));
        Assert.False(process.Exited.IsCompleted);
        tracer.InputWriter.Dispose();
        Assert.Equal(0, await tracer.WaitAsync().Watched());
        Assert.Equal(-9, await process.WaitAsync().Watched());
    }

    /// <summary>As with sudo: the user of this process may not end what it has started.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Dispose_OfACommandThatMayNotBeSignalled_ReturnsAndTheCommandIsReaped()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only a privileged user can become another");
        using WorkerProcess worker = WorkerProcess.Start(static () =>
        {
            Subprocess process = Subprocess.Start(["sleep", "1"], s_output);
            Assert.Equal(0, BecomeNobody(65534, 65534, 65534));
            Assert.Throws<IOException>(process.Kill);
            Assert.Null(process.TryCommunicate(s_short));
            process.Dispose();
            Assert.NotNull(ProcessStat.Of(process.ProcessId));
            Assert.True(SpinWait.SpinUntil(() => ProcessStat.Of(process.ProcessId) is null, Watchdog.Limit));
        });
        await worker.JoinAsync().Watched();
        Assert.Equal(0, worker.ExitCode);
    }

    [LibraryImport("libc", EntryPoint = "setresuid")]
    private static partial int BecomeNobody(int real, int effective, int saved);

    private sealed class Silent : SynchronizationContext
    {
        public int Posts { get; private set; }

        public override void Post(SendOrPostCallback d, object? state) => Posts++;
    }

    /// <summary>Notes how many write at once.</summary>
    private sealed class Counting : MemoryStream
    {
        private int _inside;

        public int Most { get; private set; }

        public int Taken { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Most = Math.Max(Most, Interlocked.Increment(ref _inside));
            await Task.Yield();
            Taken += buffer.Length;
            Interlocked.Decrement(ref _inside);
        }
    }
}
