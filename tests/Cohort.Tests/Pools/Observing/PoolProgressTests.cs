using System.Collections.Concurrent;
using Cohort.Pools;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolProgressTests
{
    private const int Limit = 120_000;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Map_WithProgress_ReportsTheWholeOnceMoreBeforeItsResult(string kind)
    {
        using IPool pool = ObservingPools.Create(kind);
        Reports reports = new();
        IPool reporting = pool.With(new TaskOptions { Progress = reports });

        int[] results = await Watchdog.Run(() => reporting.Map(static n => n + 1, Enumerable.Range(0, 1000)));

        Assert.Equal(1000, results.Length);
        AssertGrows(reports);
        PoolProgress last = reports.Last;
        Assert.Equal((1000, 0, 1000, true), (last.Done, last.Failed, last.Total, last.IsLast));
        Assert.Equal(1.0, last.Fraction);
        Assert.True(last.Rate > 0);
        Assert.Equal(TimeSpan.Zero, last.Remaining);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Map_SomeItemsFail_CountsThemApart(string kind)
    {
        using IPool pool = ObservingPools.Create(kind);
        Reports reports = new();

        Task<int[]> map = pool.With(new TaskOptions { Progress = reports })
            .MapAsync(static n => n % 10 == 3 ? throw new FormatException("three") : n, Enumerable.Range(0, 100), chunkSize: 1);

        Assert.IsType<FormatException>(await Watchdog.FaultOf(map));
        Assert.Equal((90, 10, true), (reports.Last.Done, reports.Last.Failed, reports.Last.IsLast));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Stream_WithProgress_KnowsTheTotalOnlyOfCountedInput(string kind)
    {
        using IPool pool = ObservingPools.Create(kind);
        Reports counted = new();
        Reports endless = new();

        int[] all = await Watchdog.Run(() =>
            pool.With(new TaskOptions { Progress = counted }).MapStream(static n => n, new List<int>(Enumerable.Range(0, 50))).ToArray());
        List<int> some = await pool.With(new TaskOptions { Progress = endless })
            .MapStreamAsync(static n => n, Enumerable.Range(0, 50).Where(static n => n >= 0)).ToListAsync();

        Assert.Equal(Enumerable.Range(0, 50), all);
        Assert.Equal(Enumerable.Range(0, 50), some);
        Assert.Equal((50, 50, true), (counted.Last.Done, counted.Last.Total, counted.Last.IsLast));
        Assert.Equal((50, null, true), (endless.Last.Done, endless.Last.Total, endless.Last.IsLast));
        Assert.Null(endless.Last.Fraction);
        Assert.Null(endless.Last.Remaining);
        AssertGrows(counted);
        AssertGrows(endless);
    }

    [Fact(Timeout = Limit)]
    public async Task Map_StillRuns_ReportsWhatIsDoneSoFar()
    {
        using Signals signals = new();
        using ThreadWorkerPool pool = new(workers: 1);
        Reports reports = new();
        Task<int[]> map = pool.With(new TaskOptions { Progress = reports, ProgressInterval = TimeSpan.FromMilliseconds(1) })
            .MapAsync(Blocking(signals), [0, 1, 2], chunkSize: 1);

        await signals.IsRunningAsync("last");
        await Eventually.TrueAsync(() => reports.All.Any(static report => report is { Done: 2, Total: 3, IsLast: false, Remaining: not null }));
        signals.Release("last");

        await map.Watched();
        Assert.Equal((3, true), (reports.Last.Done, reports.Last.IsLast));

        static Func<int, int> Blocking(Signals signals) => n => n == 2 ? signals.RunUntilReleased("last") : n;
    }

    [Fact(Timeout = Limit)]
    public async Task Map_CancelledOrEmpty_StillMakesTheLastReport()
    {
        using Signals signals = new();
        using ThreadWorkerPool pool = new(workers: 1);
        using CancellationTokenSource source = new();
        Reports cancelled = new();
        Reports empty = new();
        Task<int[]> map = pool.With(new TaskOptions { Progress = cancelled }).MapAsync(Blocking(signals), [0, 1, 2], chunkSize: 1, source.Token);
        await signals.IsRunningAsync("item");

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map.Watched());
        Assert.Equal((0, true), (cancelled.Last.Done, cancelled.Last.IsLast));
        signals.Release("item");
        Assert.Empty(await pool.With(new TaskOptions { Progress = empty }).MapAsync(static n => n, Array.Empty<int>()).Watched());
        PoolProgress only = Assert.Single(empty.All);
        Assert.Equal((0, 0, true), (only.Done, only.Total, only.IsLast));
        Assert.Equal(1.0, only.Fraction);

        static Func<int, int> Blocking(Signals signals) => n => signals.RunUntilReleased("item");
    }

    [Fact(Timeout = Limit)]
    public async Task Handler_Throws_CostsTheMapNothing()
    {
        using ThreadWorkerPool pool = new(workers: 1);
        int[] results = await pool.With(new TaskOptions { Progress = new Broken() }).MapAsync(static n => n, new[] { 1, 2 }).Watched();
        Assert.Equal([1, 2], results);
    }

    [Fact]
    public void Interval_NotPositive_IsRefused()
    {
        using InlinePool pool = new();
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.With(new TaskOptions { ProgressInterval = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.With(new TaskOptions { ProgressInterval = TimeSpan.MaxValue }));
    }

    private static void AssertGrows(Reports reports)
    {
        PoolProgress[] all = [.. reports.All];
        Assert.Single(all, static report => report.IsLast);
        Assert.Equal(all.Select(static report => report.Done).Order(), all.Select(static report => report.Done));
        Assert.Equal(all.Select(static report => report.Elapsed).Order(), all.Select(static report => report.Elapsed));
    }

    private sealed class Reports : IProgress<PoolProgress>
    {
        public ConcurrentQueue<PoolProgress> All { get; } = new();

        public PoolProgress Last => All.Last();

        public void Report(PoolProgress value) => All.Enqueue(value);
    }

    private sealed class Broken : IProgress<PoolProgress>
    {
        public void Report(PoolProgress value) => throw new FormatException("a broken handler");
    }
}
