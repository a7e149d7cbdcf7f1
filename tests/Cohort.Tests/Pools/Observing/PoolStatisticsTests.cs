using Cohort.Pools;
using Cohort.Pools.Observing;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolStatisticsTests
{
    private const int Limit = 120_000;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Statistics_AfterWork_AddUp(string kind)
    {
        using IPool pool = ObservingPools.Create(kind, "counted", static () => Thread.Sleep(5));
        await pool.MapAsync(static n => n, Enumerable.Range(0, 100), chunkSize: 10).Watched();
        await Watchdog.FaultOf(pool.ApplyAsync(Deaths.Throw));
        Assert.Equal(1, await pool.ApplyAsync(static n => n, 1).Watched());

        PoolStatistics statistics = pool.Statistics;

        Assert.Equal("counted", statistics.Pool);
        Assert.Equal((101, 1, 0, 0), (statistics.TasksDone, statistics.TasksFailed, statistics.TasksRetried, statistics.QueueLength));
        Assert.Equal(101, statistics.Workers.Sum(static worker => worker.TasksDone));
        Assert.Equal(1, statistics.Workers.Sum(static worker => worker.TasksFailed));
        Assert.Equal(pool.WorkerCount, statistics.Workers.Count);
        Assert.Empty(statistics.Restarts);
        PoolWorkerStatistics busiest = statistics.Workers.MaxBy(static worker => worker.TasksDone)!;
        Assert.NotEqual(PoolWorkerState.Starting, busiest.State);
        Assert.True(busiest.InitializerTime >= TimeSpan.FromMilliseconds(5));
        Assert.True(busiest.StartTime >= busiest.InitializerTime);
        Assert.True(busiest.WorkTime > TimeSpan.Zero);
        Assert.InRange(busiest.Utilization, 0.0, 1.0);
        Assert.True(busiest.StartTime + busiest.WorkTime + busiest.WaitingTime <= pool.Statistics.Age + TimeSpan.FromSeconds(1));
        Assert.Equal(kind == nameof(ProcessPool), busiest.ProcessId != Environment.ProcessId);
        Assert.StartsWith("counted", busiest.Name, StringComparison.Ordinal);
        Assert.Contains("counted: 101 done, 1 failed", statistics.ToString(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData(nameof(ProcessPool))]
    [InlineData(nameof(ThreadWorkerPool))]
    public async Task Statistics_WhileWorkRuns_TellQueueAndRunning(string kind)
    {
        using Signals signals = new();
        using IPool pool = ObservingPools.Create(kind, workers: 1);
        Task<int> first = pool.ApplyAsync(signals.Released("first"));
        await signals.IsRunningAsync("first");
        Task<int> second = pool.ApplyAsync(static () => 2);
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 20));

        PoolStatistics statistics = pool.Statistics;

        Assert.Equal((1, 21), (statistics.Running, statistics.QueueLength));
        Assert.Equal(PoolWorkerState.Busy, Assert.Single(statistics.Workers).State);
        signals.Release("first");
        await Task.WhenAll(first, second, map).Watched();
        await Eventually.TrueAsync(() => pool.Statistics is { Running: 0, QueueLength: 0, TasksDone: 22 });
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Slowest_OfManyTasks_AreNamedWithTheirArguments(string kind)
    {
        using IPool pool = ObservingPools.Create(kind);
        foreach (int wait in (int[])[0, 40, 1, 80, 0, 0, 20, 60, 0, 50])
        {
            await pool.ApplyAsync(Wait, wait, "ms").Watched();
        }

        IReadOnlyList<PoolSlowTask> slowest = pool.Statistics.Slowest;

        Assert.Equal(5, slowest.Count);
        Assert.Equal(slowest.OrderByDescending(static slow => slow.Duration), slowest);
        Assert.Contains("80, \"ms\"", slowest.Select(static slow => slow.Arguments));
        Assert.Contains(nameof(Wait), slowest[0].Function, StringComparison.Ordinal);
        Assert.True(slowest[0].Duration >= TimeSpan.FromMilliseconds(80));
    }

    [Fact(Timeout = Limit)]
    public async Task Slowest_ArgumentsWithoutText_SayWhyAndHarmNothing()
    {
        using InlinePool pool = new();
        Assert.Equal(1, await pool.ApplyAsync(static _ => 1, new Mute()).Watched());
        Assert.Equal("<no text: FormatException>", Assert.Single(pool.Statistics.Slowest).Arguments);
    }

    [Fact(Timeout = Limit)]
    public async Task Arguments_AreOnlyPutInWordsForTheSlowest()
    {
        using InlinePool pool = new();
        Counting argument = new();
        for (int i = 0; i < 5; i++)
        {
            await pool.ApplyAsync(static () => Thread.Sleep(20)).Watched();
        }

        for (int i = 0; i < 100; i++)
        {
            await pool.ApplyAsync(static _ => 1, argument).Watched();
        }

        Assert.InRange(argument.Asked, 0, 20);
    }

    [Fact(Timeout = Limit)]
    public async Task Duration_OfALongTask_IsNotCutOff()
    {
        using ProcessPool pool = new(workers: 1);
        await pool.ApplyAsync(static () => Thread.Sleep(900)).Watched();
        Assert.InRange(pool.Statistics.Slowest[0].Duration.TotalMilliseconds, 880, 30_000);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(8_388_607, 8_388_607)]
    [InlineData(8_388_608, 8_300_000)]
    [InlineData(36_000_000_000, 36_000_000_000)]
    [InlineData(long.MaxValue, 838_860_700_000)]
    public void ReplyWord_AnyTime_ComesBackInItsUnit(long ticks, long expected) => Assert.Equal(
        (PoolFrames.Status.Failed, TimeSpan.FromTicks(expected)),
        PoolFrames.ReadReplyWord(PoolFrames.ReplyWord(PoolFrames.Status.Failed, TimeSpan.FromTicks(ticks))));

    [Fact(Timeout = Limit)]
    public async Task Restarts_AfterADeath_SayWhoAndWhy()
    {
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, TaskOptions = new TaskOptions { Retries = 1 } });
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf)));
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        PoolStatistics statistics = pool.Statistics;

        Assert.Equal((2, 1, 1, 1), (statistics.RestartCount, statistics.TasksFailed, statistics.TasksRetried, statistics.TasksDone));
        PoolRestart restart = statistics.Restarts[0];
        Assert.Contains("SIGKILL", restart.Cause, StringComparison.Ordinal);
        Assert.Contains(nameof(Deaths.KillSelf), restart.Cause, StringComparison.Ordinal);
        Assert.DoesNotContain(restart.ProcessId, pool.WorkerProcessIds);
        Assert.True(restart.PeakMemory is null or > 1 << 20);
        Assert.Contains($"lost {restart.Worker}#{restart.ProcessId}", statistics.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<object?, string> Texts => new()
    {
        { null, "null" }, { "a", "\"a\"" }, { 1.5, "1.5" }, { (1, (2, "b")), "1, (2, \"b\")" },
        { Enumerable.Range(0, 8).ToArray(), "[0, 1, 2, 3, 4, … 3 more]" },
        { new string('x', 500), $"\"{new string('x', ArgumentText.MaxLength - 2)}…" },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void ArgumentText_OfAnything_IsShort(object? value, string expected) => Assert.Equal(expected, ArgumentText.Of(value));

    private static int Wait(int milliseconds, string unit)
    {
        Thread.Sleep(milliseconds);
        return unit.Length;
    }

    private sealed class Mute
    {
        public override string ToString() => throw new FormatException("no words");
    }

    private sealed class Counting
    {
        public int Asked { get; private set; }

        public override string ToString() => $"{++Asked}";
    }
}
