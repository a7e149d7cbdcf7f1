using Cohort.Subprocesses;
using Cohort.Utils;

namespace Cohort.Tests.Subprocesses;

/// <summary>Times that no timer of the framework takes are times like others.</summary>
public sealed class LongTimeoutTests : IDisposable
{
    private static readonly SubprocessOptions s_options = new()
    {
        StandardInput = Redirect.Pipe,
        StandardOutput = Redirect.Pipe,
        DrainTimeout = TimeSpan.MaxValue,
        TerminateGrace = TimeSpan.MaxValue,
    };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(10_000_000)]
    public async Task Commands_TakeThem(int days)
    {
        TimeSpan time = days == 10_000_000 ? TimeSpan.MaxValue : TimeSpan.FromDays(days);
        CancellationToken token = TestContext.Current.CancellationToken;
        SubprocessOptions options = s_options with { DrainTimeout = time, TerminateGrace = time };

        Assert.Equal("x\n", await Watchdog.Run(() => Subprocess.Run(["echo", "x"], options, time).Output));
        Assert.Equal("x\n", (await Subprocess.RunAsync(["echo", "x"], options, time, token).Watched()).Output);
        await using Subprocess process = Subprocess.Start(["cat"], options);
        Task<CompletedSubprocess> first = process.CommunicateAsync("text", time, token);
        Task<CompletedSubprocess> queued = process.CommunicateAsync(timeout: time, cancellationToken: token);
        Assert.Equal("text", (await first.Watched()).Output);
        await queued.Watched();
        Assert.Equal("text", (await Watchdog.Run(() => process.Communicate(timeout: time))).Output);
        Assert.Equal(0, await process.WaitAsync(time, token).Watched());
        Assert.Equal(0, await Watchdog.Run(() => process.Wait(time)));
        Assert.Equal("x\n", (await (new Command("echo", "x") | "cat").RunAsync(new() { StandardOutput = Redirect.Pipe }, time, token).Watched()).Output);
    }

    [Fact(Timeout = 60_000)]
    public async Task Served_TakeThem()
    {
        List<string> lines = [];
        await using Subprocess process = Subprocess.Start(["echo", "x"], s_options with { StandardOutput = Redirect.ToLines(lines.Add) });
        Assert.Equal(0, await process.WaitAsync(TimeSpan.MaxValue, TestContext.Current.CancellationToken).Watched());
        Assert.Equal(0, await Watchdog.Run(() => process.Wait(TimeSpan.MaxValue)));
        Assert.Equal(["x"], lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task Graces_TakeThem()
    {
        await Subprocess.Start(["sleep", "1000"], s_options).DisposeAsync().AsTask().Watched();
        await Watchdog.Run(Subprocess.Start(["sleep", "1000"], s_options).Dispose);
        SubprocessOptions grace = new() { TerminateGrace = TimeSpan.MaxValue };
        await Pty.Start(["sleep", "1000"], grace).DisposeAsync().AsTask().Watched();
        await Watchdog.Run(Pty.Start(["sleep", "1000"], grace).Dispose);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dialogues_TakeThem()
    {
        await using Expect expect = Expect.Start(["echo", "x"]);
        Assert.Equal("x", (await expect.WaitForAsync(["x"], TimeSpan.MaxValue, TestContext.Current.CancellationToken).Watched()).After);
        await Watchdog.Run(() => expect.WaitFor([Expect.EndOfOutput], TimeSpan.MaxValue));
    }

    [Fact(Timeout = 60_000)]
    public async Task Waits_LeaveATaskItsOwnTimeout()
    {
        Task fault = Task.FromException(new TimeoutException("its own"));
        Deadline deadline = Deadline.In(TimeSpan.MaxValue);
        Assert.Equal("its own", Assert.Throws<TimeoutException>(() => deadline.Wait(fault)).Message);
        Assert.Equal("its own", (await Assert.ThrowsAsync<TimeoutException>(() => deadline.WaitAsync(fault))).Message);

        Task never = new TaskCompletionSource().Task;
        Assert.False(default(Deadline).Wait(never));
        Assert.False(await Deadline.In(TimeSpan.FromMilliseconds(1)).WaitAsync(never, TestContext.Current.CancellationToken).Watched());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deadline.WaitAsync(never, new CancellationToken(true)).Watched());
    }
}
