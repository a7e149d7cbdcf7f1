using System.Globalization;
using Cohort.Platform;

namespace Cohort.Tests.Workers;

/// <summary>How a program with workers ends, seen from outside.</summary>
public sealed class ProgramEndTests : WorkerTest
{
    [Fact(Timeout = 60_000)]
    public Task Main_returns_and_the_program_waits_for_its_children() => WaitsForChildrenAsync("host-waits-for", 3);

    [Fact(Timeout = 60_000)]
    public Task Environment_Exit_waits_for_children() => WaitsForChildrenAsync("host-exits-beside", 4);

    [Fact(Timeout = 60_000)]
    public async Task Daemons_are_killed_with_what_they_started()
    {
        await using ChildOutput host = Start("host-leaves-daemon");
        ProcessIdentity[] family = await FamilyAsync(host);
        await File.WriteAllTextAsync(PathOf("seen"), "");
        ChildExit exit = await host.Process.Exit;
        Assert.Equal(3, exit.ExitCode);
        await Eventually.TrueAsync(() => !family.Any(static process => process.IsAlive));
        Assert.False(File.Exists(PathOf("left")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stopped_daemon_does_not_hold_the_program_up()
    {
        await using ChildOutput host = Start("host-leaves-daemon");
        ProcessIdentity[] family = await FamilyAsync(host);
        family[0].TrySignal(Signal.SIGSTOP);
        await File.WriteAllTextAsync(PathOf("seen"), "");
        Assert.Equal(3, (await host.Process.Exit).ExitCode);
        await Eventually.TrueAsync(() => !family.Any(static process => process.IsAlive));
    }

    [Fact(Timeout = 60_000)]
    public async Task SIGTERM_does_not_wait_for_children()
    {
        await using ChildOutput host = Start("host-stays");
        ProcessIdentity[] family = await FamilyAsync(host);
        Assert.Equal("staying", await host.ReadLineAsync());
        host.Process.Signal(Signal.SIGTERM);
        Assert.Equal(-Signal.SIGTERM, (await host.Process.Exit).ExitCode);
        await Eventually.TrueAsync(() => !family.Any(static process => process.IsAlive));
        Assert.False(File.Exists(PathOf("left")));
    }

    [Fact(Timeout = 60_000)]
    public async Task SIGTERM_ends_the_wait_for_children_at_the_end()
    {
        await using ChildOutput host = Start("host-waits-for");
        ProcessIdentity[] family = await FamilyAsync(host);
        await AssertWaitsAsync(host);
        host.Process.Signal(Signal.SIGTERM);
        await host.Process.Exit;
        await Eventually.TrueAsync(() => !family.Any(static process => process.IsAlive));
        Assert.False(File.Exists(PathOf("left")));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unhandled_exception_is_printed_with_its_stack_and_ends_the_worker_with_1()
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("host-fails"));
        Assert.Equal(0, exit.ExitCode);
        Assert.Matches(@"Worker Unlucky#\d+ failed:", text);
        Assert.Contains("System.DivideByZeroException", text, StringComparison.Ordinal);
        Assert.Contains("at Cohort.Tests.Worker.WorkerHostBehaviours.Divide", text, StringComparison.Ordinal);
        Assert.Contains("exit code 1", text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1, 2)]
    public async Task A_program_without_standard_output_has_workers_that_print_nowhere(params int[] closed)
    {
        using ChildProcess host = ProcessLauncher.Instance.Launch(TestWorker.Request("host-output", Folder) with
        {
            Descriptors =
            [
                .. new[] { 1, 2 }.Select(fd => closed.Contains(fd) ? LaunchDescriptor.Closed(fd) : LaunchDescriptor.Null(fd)),
            ],
        });
        Assert.Equal(0, (await host.Exit).ExitCode);
        Assert.Equal("1", await File.ReadAllTextAsync(PathOf("one")));
        Assert.Equal("2", await File.ReadAllTextAsync(PathOf("two")));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_log_tells_of_starts_and_ends_in_parent_and_worker()
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("host-logs"));
        Assert.Equal(0, exit.ExitCode);
        string[] lines = text.TrimEnd('\n').Split('\n');
        Assert.Matches(@"^\[INFO/MainProcess\] started WorkerProcess 'Ada' \(pid \d+, started\)$", lines[0]);
        Assert.Contains("[INFO/Ada] at work", lines);
        Assert.Contains(lines, static line => line.StartsWith("[INFO/MainProcess] WorkerProcess 'Ada' (pid ", StringComparison.Ordinal) && line.EndsWith("exit code 0) ended", StringComparison.Ordinal));
        Assert.Contains("[Level 45/MainProcess] between", lines);
        Assert.Equal(4, lines.Length);
    }

    private async Task WaitsForChildrenAsync(string behaviour, int exitCode)
    {
        await using ChildOutput host = Start(behaviour);
        ProcessIdentity[] family = await FamilyAsync(host);
        await AssertWaitsAsync(host);
        await File.WriteAllTextAsync(PathOf("leave"), "");
        Assert.Equal(exitCode, (await host.Process.Exit).ExitCode);
        Assert.True(File.Exists(PathOf("left")));
        Assert.DoesNotContain(family, static process => process.IsAlive);
    }

    private static async Task AssertWaitsAsync(ChildOutput host) =>
        Assert.NotSame(host.Process.Exit, await Task.WhenAny(host.Process.Exit, Task.Delay(300)));

    private ChildOutput Start(string behaviour) => ChildOutput.Start(TestWorker.Request(behaviour, Folder));

    /// <summary>The worker and what it has started.</summary>
    private async Task<ProcessIdentity[]> FamilyAsync(ChildOutput host)
    {
        int worker = int.Parse(await host.ReadLineAsync(), CultureInfo.InvariantCulture);
        int sleeper = int.Parse(await File.ReadAllTextAsync(PathOf("up")), CultureInfo.InvariantCulture);
        return [ProcessIdentity.Of(worker)!.Value, ProcessIdentity.Of(sleeper)!.Value];
    }
}
