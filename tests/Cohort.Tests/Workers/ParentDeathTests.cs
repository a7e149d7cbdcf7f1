using System.Diagnostics;
using System.Globalization;
using Cohort.Platform;

namespace Cohort.Tests.Workers;

/// <summary>
/// A program is killed, so that no code of its own can clean up: nothing of its workers, or of what they started, stays. All
/// of them are found by a variable that they inherit, whoever their parent is by then.
/// </summary>
public sealed class ParentDeathTests
{
    private const string MarkName = "TEST_FAMILY";

    /// <summary>A watchdog: what it takes, some hundredths of a second where a processor is free, stands in the output.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact(Timeout = 180_000)]
    public Task Workers_and_what_they_started_are_gone() => KillAsync("tree-plain", ups: 2, members: 4, rounds: 20);

    [Fact(Timeout = 60_000)]
    public Task What_workers_started_and_lost_sight_of_is_gone() => KillAsync("tree-daemons", ups: 2, members: 4, rounds: 3);

    [Fact(Timeout = 60_000)]
    public Task Nested_workers_are_gone() => KillAsync("tree-nested", ups: 4, members: 10, rounds: 3);

    [Fact(Timeout = 60_000)]
    public Task Standby_workers_are_gone() => KillAsync("tree-standby", ups: 1, members: 3, rounds: 3);

    [Fact(Timeout = 60_000)]
    public Task Pool_workers_are_gone() => KillAsync("tree-pool", ups: 3, members: 7, rounds: 3);

    [Fact(Timeout = 120_000)]
    public async Task Workers_of_a_pool_under_load_are_gone_and_so_is_its_memory()
    {
        string[] before = Directory.GetFileSystemEntries("/dev/shm", "*ohort*");
        Random random = new(20260801);
        for (int round = 0; round < 20; round++)
        {
            TimeSpan life = TimeSpan.FromMilliseconds(random.Next(30));
            await KillAsync("tree-busy-pool", ups: 1, members: 4, rounds: 1, before: (_, _) => Spin(life));
        }

        // Memory without a name is gone with the last process that holds it, and there is none.
        Assert.Empty(Directory.GetFileSystemEntries("/dev/shm", "*ohort*").Except(before));
    }

    [Fact(Timeout = 60_000)]
    public Task Stopped_workers_are_gone() => KillAsync("tree-plain", ups: 2, members: 4, rounds: 3, before: StopWorkers);

    [Fact(Timeout = 60_000)]
    public Task Workers_of_which_a_child_is_stopped_are_gone() => KillAsync("tree-plain", ups: 2, members: 4, rounds: 3, before: StopGrandchildren);

    [Fact(Timeout = 60_000)]
    public Task Stopped_standby_workers_are_gone() => KillAsync("tree-standby", ups: 1, members: 3, rounds: 3, before: StopWorkers);

    [Fact(Timeout = 60_000)]
    public Task A_worker_that_starts_processes_all_the_time_leaves_none() => KillAsync("tree-breeding", ups: 2, members: 8, rounds: 3);

    [Fact(Timeout = 120_000)]
    public async Task Workers_that_are_just_being_started_are_gone()
    {
        Random random = new(20260727);
        for (int round = 0; round < 8; round++)
        {
            TimeSpan life = TimeSpan.FromMilliseconds(random.Next(200));
            await KillAsync("tree-starting", ups: 1, members: 1, rounds: 1, before: (_, _) => Spin(life));
        }
    }

    private static void Spin(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            Thread.SpinWait(50);
        }
    }

    /// <param name="behaviour">The program.</param>
    /// <param name="ups">How many processes of it say that they are there.</param>
    /// <param name="members">How many processes there are at least before the kill.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="before">Is done just before the kill.</param>
    private static async Task KillAsync(
        string behaviour, int ups, int members, int rounds, Action<ProcessIdentity, IReadOnlyList<ProcessStat>>? before = null)
    {
        TimeSpan longest = TimeSpan.Zero;
        for (int round = 0; round < rounds; round++)
        {
            string mark = Guid.NewGuid().ToString("N");
            LaunchRequest request = TestWorker.Request(behaviour) with { Environment = TestWorker.EnvironmentWith((MarkName, mark)) };
            await using ChildOutput host = ChildOutput.Start(request);
            for (int i = 0; i < ups; i++)
            {
                Assert.Equal("up", await host.ReadLineAsync());
            }

            await Eventually.TrueAsync(() => Family(mark).Count >= members);
            ProcessIdentity identity = ProcessIdentity.Of(host.Process.ProcessId)!.Value;
            before?.Invoke(identity, Family(mark));
            host.Process.Signal(Signal.SIGKILL);
            long start = Stopwatch.GetTimestamp();
            await host.Process.Exit;

            IReadOnlyList<ProcessStat> left = Family(mark);
            while (left.Count > 0 && Stopwatch.GetElapsedTime(start) < s_limit)
            {
                await Task.Delay(5);
                left = Family(mark);
            }

            TimeSpan took = Stopwatch.GetElapsedTime(start);
            longest = took > longest ? took : longest;
            KillAll(mark);
            Assert.True(left.Count == 0, $"round {round}: {string.Join(", ", left)} left after {took.TotalMilliseconds} ms");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{behaviour}: all gone after {longest.TotalMilliseconds:F0} ms at most"));
    }

    private static void StopWorkers(ProcessIdentity host, IReadOnlyList<ProcessStat> family)
    {
        foreach (ProcessStat process in family.Where(process => process.ParentId == host.ProcessId))
        {
            Assert.True(process.Identity.TrySignal(Signal.SIGSTOP));
        }
    }

    private static void StopGrandchildren(ProcessIdentity host, IReadOnlyList<ProcessStat> family)
    {
        foreach (ProcessStat process in family.Where(process => process.ParentId != host.ProcessId && process.Identity != host))
        {
            Assert.True(process.Identity.TrySignal(Signal.SIGSTOP));
        }
    }

    /// <summary>Whatever runs with that mark in its environment.</summary>
    private static List<ProcessStat> Family(string mark)
    {
        List<ProcessStat> found = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int processId)
                && HasMark(folder, mark)
                && ProcessStat.Of(processId) is { IsZombie: false } stat)
            {
                found.Add(stat);
            }
        }

        return found;
    }

    private static bool HasMark(string folder, string mark)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ")).Contains($"{MarkName}={mark}", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>A failed test leaves nothing either.</summary>
    private static void KillAll(string mark)
    {
        while (Family(mark) is { Count: > 0 } left)
        {
            left.ForEach(static process => process.Identity.TrySignal(Signal.SIGKILL));
        }
    }
}
