namespace Cohort.Tests.Pools;

/// <summary>How long workers may take for what they do before their first task.</summary>
public sealed class StartTimeoutTests
{
    private const int Limit = 60_000;

    public static TheoryData<ProcessPoolOptions> Hanging =>
    [
        new ProcessPoolOptions { Initializer = static () => Thread.Sleep(Timeout.Infinite) },
        new ProcessPoolOptions { StateFactory = Never },
        new ProcessPoolOptions { StartFunction = Never },
    ];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Hanging), DisableDiscoveryEnumeration = true)]
    public async Task StartTimeout_StageThatNeverEnds_BreaksThePoolAfterSomeWorkers(ProcessPoolOptions options)
    {
        Leaks before = Leaks.Snapshot();
        await using (ProcessPool pool = new(options with { Workers = 2, Name = "stuck", StartTimeout = TimeSpan.FromMilliseconds(20) }))
        {
            Task<int> task = pool.ApplyAsync(static () => 1);
            PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(task));
            Assert.IsType<TimeoutException>(fault.InnerException);
            Assert.Contains("StartTimeout", fault.Message, StringComparison.Ordinal);
            Assert.Contains("stuck:", fault.Message, StringComparison.Ordinal);
        }

        Leaks.AssertNone(before);
    }

    [Fact(Timeout = Limit)]
    public async Task StartTimeout_OneWorkerTooLate_IsReplacedAndNobodyNotices()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, Initializer = HangOnce(signals), StartTimeout = TimeSpan.FromSeconds(1),
        });
        Assert.Equal(7, await pool.ApplyAsync(static () => 7).Watched());
        Assert.Equal(1, pool.Statistics.RestartCount);

        static Action HangOnce(Signals signals) => () =>
        {
            if (!signals.IsSet("hung"))
            {
                signals.Set("hung");
                Thread.Sleep(Timeout.Infinite);
            }
        };
    }

    [Fact(Timeout = Limit)]
    public async Task StartTimeout_RestartLimit_CountsIt()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            Initializer = static () => Thread.Sleep(Timeout.Infinite),
            StartTimeout = TimeSpan.FromMilliseconds(20),
            RestartLimit = new(0, TimeSpan.FromMinutes(1)),
        });
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
        Assert.Contains("1 workers died", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task StartTimeout_PoolClosedMeanwhile_EndsAllTheSame()
    {
        ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, StateFactory = Never, StartTimeout = TimeSpan.FromMilliseconds(20) });
        Task<int> task = pool.ApplyAsync(static () => 1);
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(task));
    }

    [Fact]
    public void StartTimeout_NotPositive_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new ProcessPool(new ProcessPoolOptions { Workers = 1, StartTimeout = TimeSpan.Zero }));

    private static object Never()
    {
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }
}
