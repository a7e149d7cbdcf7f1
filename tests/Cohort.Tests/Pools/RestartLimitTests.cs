using System.Diagnostics;
using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>Pools that give up when too many of their workers die.</summary>
public sealed class RestartLimitTests
{
    private const int Limit = 120_000;

    [Fact]
    public void Deaths_WithinThePeriod_AreBorneUpToTheIntensity()
    {
        DeathLog log = new(new RestartLimit(2, TimeSpan.FromSeconds(10)));
        Assert.Null(log.Note(Seconds(1), "first"));
        Assert.Null(log.Note(Seconds(5), "second"));
        string? reason = log.Note(Seconds(11), "third");
        Assert.Equal("3 workers died within 10 s, and the limit is 2 within 10 s; the last: third; second; first", reason);
    }

    [Fact]
    public void Deaths_FurtherApart_AreBorneForEver()
    {
        DeathLog log = new(new RestartLimit(1, TimeSpan.FromSeconds(10)));
        for (int i = 0; i < 50; i++)
        {
            Assert.Null(log.Note(Seconds(i * 11), "one more"));
        }

        Assert.NotNull(log.Note(Seconds((49 * 11) + 1), "too soon"));
    }

    [Fact]
    public void Deaths_IntensityZero_BearsNoneAndNullBearsAll()
    {
        Assert.NotNull(new DeathLog(new RestartLimit(0, TimeSpan.FromSeconds(10))).Note(Seconds(1), "first"));
        DeathLog unlimited = new(null);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Null(unlimited.Note(Seconds(1), "any")));
    }

    [Fact]
    public void Deaths_Many_TheMessageTellsTheLast()
    {
        DeathLog log = new(new RestartLimit(8, TimeSpan.FromSeconds(10)));
        Assert.All(Enumerable.Range(0, 8), n => Assert.Null(log.Note(Seconds(n), $"<{n}>")));
        Assert.EndsWith("the last: <8>; <7>; <6>; <5>; <4>", log.Note(Seconds(8), "<8>"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_OneDeathTooMany_FailsAllThatIsPendingAndNamesTheDeaths()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, RestartLimit = new RestartLimit(1, TimeSpan.FromHours(1)) });
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf)));
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        Task<int> doomed = pool.ApplyAsync(Deaths.KillSelf);
        Task<int> pending = pool.ApplyAsync(static () => 1);
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 100));
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pending));
        Assert.Contains("2 workers died", fault.Message, StringComparison.Ordinal);
        Assert.Contains("SIGKILL", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"in {nameof(Deaths)}.{nameof(Deaths.KillSelf)}", fault.Message, StringComparison.Ordinal);
        Assert.Same(fault, await Watchdog.FaultOf(map));

        Assert.Same(fault, await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
        Assert.Throws<PoolBrokenException>(() => pool.Resize(2));
        Assert.Throws<PoolBrokenException>(() => pool.Apply(static () => 1));
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_RetriedTaskKillsOnAndOn_BreaksInsteadOfRestartingForEver()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            RestartLimit = new RestartLimit(2, TimeSpan.FromHours(1)),
            TaskOptions = new TaskOptions { Retries = int.MaxValue, QuarantineAfter = int.MaxValue },
        });
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf)));
        Assert.Contains("3 workers died", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_WorkersThatItEndsItself_AreNoDeaths()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 2,
            MaxTasksPerWorker = 2,
            IdleTimeout = TimeSpan.FromMilliseconds(20),
            CancellationGrace = TimeSpan.Zero,
            TerminationGrace = TimeSpan.Zero,
            RestartLimit = new RestartLimit(0, TimeSpan.FromHours(1)),
        });
        Assert.Equal(Enumerable.Range(0, 8), await pool.MapAsync(static n => n, Enumerable.Range(0, 8), chunkSize: 1).Watched());
        Task<int> late = pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(20) }).ApplyAsync(signals.Forever("a"));
        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(late));
        pool.Resize(3);
        pool.Resize(1);
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 0);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    private static long Seconds(int seconds) => seconds * Stopwatch.Frequency;
}
