using System.Diagnostics;
using System.Globalization;
using Cohort.Platform;
using Cohort.Tests.Worker;

namespace Cohort.Tests.Messaging;

/// <summary>
/// Two processes talk as fast as they can, and one of them is killed at any point of that. The other has read nothing but
/// whole messages and ends by itself as soon as the death is announced.
/// </summary>
public sealed class RingKillTests
{
    private const int ChannelDescriptor = 4;
    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_watchdog = TimeSpan.FromSeconds(60);

    [Fact(Timeout = 120_000)]
    public async Task Whoever_is_killed_the_other_reads_no_torn_message_and_does_not_hang()
    {
        Leaks before = Leaks.Snapshot();
        Random random = new(20260727);
        long start = Stopwatch.GetTimestamp();
        int hostsKilled = 0, workersKilled = 0;
        ulong answers = 0;
        for (int round = 0; Stopwatch.GetElapsedTime(start) < s_length || round < 4; round++)
        {
            bool killHost = round % 2 == 0;
            hostsKilled += killHost ? 1 : 0;
            workersKilled += killHost ? 0 : 1;
            answers += await KillOneAsync(round, killHost, bare: round % 4 < 2, spin: round % 8 < 4 ? 0 : 50, random.Next(40_000));
        }

        Leaks.AssertNone(before);
        Assert.True(answers > 0);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{hostsKilled} hosts and {workersKilled} workers killed, {answers} bursts answered");
    }

    private static async Task<ulong> KillOneAsync(int round, bool killHost, bool bare, int spin, int delayMicroseconds)
    {
        using TalkChannel channel = TalkChannel.Create(bare);
        await using ChildOutput host = Start(channel, "ring-host", round, spin);
        await using ChildOutput worker = Start(channel, "ring-worker", round + 1_000_000, spin);
        ChildProcess victim = killHost ? host.Process : worker.Process;
        ChildOutput survivor = killHost ? worker : host;

        // What a watcher does: on the thread that sees processes end, it tells the one that is left.
        victim.OnExit(_ => channel.Abandon());
        await Eventually.TrueAsync(() => Answered(channel) > 0 || survivor.Process.HasExited);

        // Not to wait for anything: to kill at a moment that nothing chooses.
        long killAt = Stopwatch.GetTimestamp() + (delayMicroseconds * Stopwatch.Frequency / 1_000_000);
        while (Stopwatch.GetTimestamp() < killAt)
        {
            Thread.SpinWait(20);
        }

        victim.Signal(Signal.SIGKILL);
        ChildExit death = await victim.Exit.WaitAsync(s_watchdog);
        Assert.Equal(-Signal.SIGKILL, death.ExitCode);
        Task ended = await Task.WhenAny(survivor.Process.Exit, Task.Delay(s_watchdog));
        string what = string.Create(CultureInfo.InvariantCulture, $"round {round}, {(killHost ? "host" : "worker")} killed, {(bare ? "bare" : "large")}");
        Assert.True(ended == survivor.Process.Exit, $"{what}: the other side hangs");
        ChildExit exit = await survivor.Process.Exit;
        Assert.True(exit.ExitCode == 0, $"{what}: the other side ended with {exit}: {await survivor.ReadToEndAsync()}");
        return Answered(channel);
    }

    private static ulong Answered(TalkChannel channel) => Volatile.Read(ref channel.Answers);

    private static ChildOutput Start(TalkChannel channel, string behaviour, int seed, int spin)
    {
        string[] arguments =
            [.. new[] { ChannelDescriptor, seed, spin }.Select(static number => number.ToString(CultureInfo.InvariantCulture)), channel.IsBare ? "bare" : "large"];
        return ChildOutput.Start(TestWorker.Request(behaviour, arguments) with
        {
            Descriptors = [LaunchDescriptor.FromHandle(channel.Handle, ChannelDescriptor)],
        });
    }
}
