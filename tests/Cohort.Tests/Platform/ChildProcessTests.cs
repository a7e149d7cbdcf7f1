using System.Collections.Concurrent;
using System.Diagnostics;
using Cohort.Interop;
using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class ChildProcessTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();

    private static LaunchRequest Sleeper => new()
    {
        FileName = "sleep",
        Arguments = ["sleep", "1000"],
        Group = LaunchGroup.NewGroup,
    };

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData("exit 0", 0)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", -Signal.SIGTERM)]
    [InlineData("kill -KILL $$", -Signal.SIGKILL)]
    public async Task Exit_OfShell_HasTheCode(string script, int code)
    {
        using ChildProcess child = Shell(script);

        ChildExit exit = await ExitOf(child);

        Assert.Equal(code, exit.ExitCode);
        Assert.Equal(code < 0 ? ChildExitKind.Signaled : ChildExitKind.Exited, exit.Kind);
        Assert.True(child.HasExited);
        Assert.Equal(exit, child.ExitStatus);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("exit", 42, 42)]
    [InlineData("_exit", 43, 43)]
    [InlineData("signal", Signal.SIGKILL, -Signal.SIGKILL)]
    [InlineData("signal", Signal.SIGTERM, -Signal.SIGTERM)]
    public async Task Exit_OfDotnetChild_HasTheCode(string behaviour, int argument, int code)
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(TestWorker.Request(
            behaviour, argument.ToString(System.Globalization.CultureInfo.InvariantCulture)));

        Assert.Equal(code, (await ExitOf(child)).ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Exit_Usage_TellsTimeAndMemory()
    {
        using ChildProcess child = Shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");

        ResourceUsage usage = (await ExitOf(child)).Usage!.Value;

        Assert.True(usage.UserTime + usage.SystemTime > TimeSpan.Zero);
        Assert.InRange(usage.MaxResidentBytes, 100 * 1024, 1L << 32);
        Assert.True(usage.MinorFaults > 0);
    }

    [Fact(Timeout = 60_000)]
    public async Task Exit_KernelReaped_IsUnknown()
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("launch-with-sigchld-ignored"));

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
    }

    [Fact(Timeout = 60_000)]
    public async Task OnExit_RunsBeforeTheZombieIsReaped_AndBeforeExitCompletes()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);
        TaskCompletionSource<(bool Zombie, bool Completed, ChildExit Exit)> seen = new();
        child.OnExit(exit => seen.SetResult(
            (ProcessStat.Of(child.ProcessId) is { IsZombie: true }, child.Exit.IsCompleted, exit)));

        child.Signal(Signal.SIGKILL);
        (bool zombie, bool completed, ChildExit status) = await seen.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.True(zombie);
        Assert.False(completed);
        Assert.Equal(-Signal.SIGKILL, status.ExitCode);
        await ExitOf(child);
        Assert.Null(ProcessStat.Of(child.ProcessId));
    }

    [Fact(Timeout = 60_000)]
    public async Task OnExit_AfterTheEnd_RunsAtOnce()
    {
        using ChildProcess child = Shell("exit 5");
        await ExitOf(child);
        ChildExit? seen = null;

        child.OnExit(exit => seen = exit);

        Assert.Equal(5, seen?.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task OnExit_CallbackThrows_OthersStillRunAndTheWatchLives()
    {
        using CapturingListener trace = new();
        using ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);
        TaskCompletionSource second = new();
        child.OnExit(static _ => throw new InvalidOperationException("from a callback"));
        child.OnExit(_ => second.SetResult());

        child.Signal(Signal.SIGKILL);
        await second.Task.WaitAsync(TestContext.Current.CancellationToken);
        await ExitOf(child);

        using ChildProcess next = Shell("exit 3");
        Assert.Equal(3, (await ExitOf(next)).ExitCode);
        Assert.Contains(trace.Messages, static message => message.Contains("from a callback", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task OnExit_RegisteredWhileItEnds_RunsExactlyOnce()
    {
        for (int round = 0; round < 50; round++)
        {
            using ChildProcess child = Shell("exit 0");
            int calls = 0;
            int registered = 0;
            while (!child.Exit.IsCompleted)
            {
                child.OnExit(_ => Interlocked.Increment(ref calls));
                registered++;
                await Task.Yield();
            }

            await ExitOf(child);
            Assert.Equal(registered, calls);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task KillGroupOnExit_ChildEnds_GrandchildGoesWithIt()
    {
        await using ChildOutput child = ChildOutput.Start(TestWorker.Request("spawn-and-exit"));
        int grandchild = int.Parse(await child.ReadLineAsync(), System.Globalization.CultureInfo.InvariantCulture);
        using ProcessWatch watch = ProcessWatch.Open(grandchild);

        Assert.Equal(0, (await ExitOf(child.Process)).ExitCode);
        await watch.Exit.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 60_000)]
    public async Task KillGroupOnExit_ChildIsKilled_GrandchildGoesWithIt()
    {
        await using ChildOutput child = ChildOutput.Start(TestWorker.Request("spawn-and-stay"));
        int grandchild = int.Parse(await child.ReadLineAsync(), System.Globalization.CultureInfo.InvariantCulture);
        using ProcessWatch watch = ProcessWatch.Open(grandchild);
        Assert.False(watch.HasExited);

        child.Process.Signal(Signal.SIGKILL);

        await watch.Exit.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 60_000)]
    public async Task GroupMembers_WithoutOwnGroup_AreRefused()
    {
        using ChildProcess child = Shell("exit 0");

        Assert.Throws<InvalidOperationException>(() => child.KillGroupOnExit = true);
        Assert.Throws<InvalidOperationException>(() => child.SignalGroup(Signal.SIGTERM));
        await ExitOf(child);
    }

    [Fact(Timeout = 60_000)]
    public async Task Signals_AfterTheEnd_DoNothing()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);
        child.Signal(Signal.SIGKILL);
        await ExitOf(child);

        child.Signal(Signal.SIGKILL);
        child.SignalGroup(Signal.SIGKILL);
    }

    [Fact(Timeout = 60_000)]
    public async Task Signal_StopAndContinue_IsNoEnd()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);
        child.Signal(Signal.SIGSTOP);
        await Eventually.TrueAsync(() => ProcessStat.Of(child.ProcessId)?.State == 'T');
        child.Signal(Signal.SIGCONT);
        await Eventually.TrueAsync(() => ProcessStat.Of(child.ProcessId)?.State == 'S');

        Assert.False(child.HasExited);
        child.Signal(Signal.SIGINT);
        Assert.Equal(-Signal.SIGINT, (await ExitOf(child)).ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Signal_InvalidNumber_Throws()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);

        IOException fault = Assert.Throws<IOException>(() => child.Signal(1000));

        Assert.Equal(Errno.EINVAL, fault.HResult);
        child.Signal(Signal.SIGKILL);
        await ExitOf(child);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_WhileItRuns_StillSignalsAndReaps()
    {
        ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);
        using ProcessWatch watch = ProcessWatch.Open(child.ProcessId);
        child.Dispose();
        child.Dispose();

        child.Signal(Signal.SIGKILL);

        Assert.Equal(-Signal.SIGKILL, (await ExitOf(child)).ExitCode);
        await watch.Exit.WaitAsync(TestContext.Current.CancellationToken);
        child.Signal(Signal.SIGKILL);
    }

    [Fact(Timeout = 60_000)]
    public async Task Reaping_BesideTheRuntimesOwnChildren_DisturbsNeither()
    {
        ConcurrentBag<int> codes = [];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            using Process theirs = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exit {i}"]))!;
            using ChildProcess ours = Shell($"exit {100 + i}");
            await theirs.WaitForExitAsync(TestContext.Current.CancellationToken);
            codes.Add(theirs.ExitCode);
            codes.Add((await ExitOf(ours)).ExitCode!.Value);
        }));

        Assert.Equal(Enumerable.Range(0, 20).Concat(Enumerable.Range(100, 20)), codes.Order());
    }

    private static ChildProcess Shell(string script) => ProcessLauncher.Instance.Launch(
        new LaunchRequest { FileName = "/bin/sh", Arguments = ["sh", "-c", script] });

    private static Task<ChildExit> ExitOf(ChildProcess child) =>
        child.Exit.WaitAsync(TestContext.Current.CancellationToken);

    private sealed class CapturingListener : TraceListener
    {
        public CapturingListener() => Trace.Listeners.Add(this);

        public ConcurrentQueue<string> Messages { get; } = new();

        public override void Write(string? message) => Messages.Enqueue(message ?? "");

        public override void WriteLine(string? message) => Messages.Enqueue(message ?? "");

        protected override void Dispose(bool disposing)
        {
            Trace.Listeners.Remove(this);
            base.Dispose(disposing);
        }
    }
}
