using System.Diagnostics;
using Cohort.Pools;
using Cohort.Sharing;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>What fails may be run again, wherever it runs.</summary>
public abstract partial class PoolConformanceTests
{
    private static readonly TaskOptions s_patient = new()
    {
        Retries = 2, RetryOn = static e => e is TimeoutException, RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    [Fact(Timeout = Limit)]
    public async Task RetryOn_ExceptionsThatAreWorthIt_RunAgainAsOftenAsAllowed()
    {
        using RawSharedValue<int> runs = new();
        await using IPool pool = Kind.Create();
        IPool patient = pool.With(s_patient);
        Assert.Equal(3, await patient.ApplyAsync(FailUntil(runs, 3)).Watched());
        Assert.Equal((2, 1, 0), (pool.Statistics.TasksRetried, pool.Statistics.TasksDone, pool.Statistics.TasksFailed));
        runs.Value = 0;
        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(patient.ApplyAsync(FailUntil(runs, 4))));
        Assert.Equal(3, runs.Value);
        Assert.Equal("no 3", Assert.IsType<InvalidOperationException>(await Watchdog.FaultOf(patient.ApplyAsync(Fail, 3))).Message);
        Assert.Equal((4, 2), (pool.Statistics.TasksRetried, pool.Statistics.TasksFailed));
        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(
            pool.With(s_patient with { RetryOn = static _ => throw new InvalidCastException() }).ApplyAsync(FailUntil(runs, 100))));

        static Func<int> FailUntil(RawSharedValue<int> runs, int good) => () =>
            ++runs.Value >= good ? runs.Value : throw new TimeoutException($"run {runs.Value}");
    }

    [Fact(Timeout = Limit)]
    public async Task RetryOn_ThatEndsThePool_LeavesTheTaskWithAnOutcome()
    {
        await using IPool pool = Kind.Create(1);
        IPool patient = pool.With(new TaskOptions { Retries = 1, RetryOn = TerminateAndRetry });
        Assert.NotNull(await Watchdog.FaultOf(patient.ApplyAsync(Fail, 3)));

        bool TerminateAndRetry(Exception fault)
        {
            pool.Terminate();
            return true;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task RetryOn_InMapsAndStreams_IsEachItems()
    {
        int[] items = [.. Enumerable.Range(0, 20)];
        Func<Func<int, int>, Task<int[]>>[] calls =
        [
            f => Pool.With(s_patient).MapAsync(f, items),
            async f => [.. await Pool.With(s_patient).MapStreamAsync(f, items).ToListAsync()],
            async f => [.. (await Pool.With(s_patient).MapOutcomesAsync(f, items)).Select(static outcome => outcome.Value)],
            async f => [.. (await Pool.With(s_patient).MapOutcomeStreamAsync(f, items).ToListAsync()).Select(static outcome => outcome.Value)],
        ];
        foreach (Func<Func<int, int>, Task<int[]>> call in calls)
        {
            using RawSharedArray<int> runs = new(items.Length);
            Assert.Equal(items, await call(FailOnce(runs)).Watched());
            Assert.All(runs, static count => Assert.Equal(2, count));
        }

        static Func<int, int> FailOnce(RawSharedArray<int> runs) => n =>
            ++runs[n] == 2 ? n : throw new TimeoutException($"item {n}");
    }

    [Fact(Timeout = Limit)]
    public async Task RetryDelay_IsWaitedFor_AndByAClosedPoolToo()
    {
        using RawSharedValue<int> runs = new();
        await using IPool pool = Kind.Create(1);
        long start = Stopwatch.GetTimestamp();
        Task<int> task = pool.With(s_patient with { RetryDelay = TimeSpan.FromMilliseconds(60) }).ApplyAsync(FailOnce(runs));
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(2, await task.Watched());
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(60));

        static Func<int> FailOnce(RawSharedValue<int> runs) => () => ++runs.Value == 2 ? 2 : throw new TimeoutException("once");
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RetryDelay_PoolTerminatedOrTokenCancelled_EndsTheWait(bool terminates)
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using IPool pool = Kind.Create(1);
        IPool slow = pool.With(s_patient with { RetryDelay = TimeSpan.FromHours(1), MaxRetryDelay = TimeSpan.FromHours(1) });

        // In the caller, the call itself waits.
        Task<int> waiting = Watchdog.Run(() => slow.Apply(Fails(signals), source.Token));
        await Eventually.TrueAsync(() => pool.Statistics.TasksRetried == 1);
        if (terminates)
        {
            pool.Terminate();
        }
        else
        {
            await source.CancelAsync();
        }

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(waiting));
        if (!terminates)
        {
            pool.Close();
        }

        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();

        static Func<int> Fails(Signals signals) => () =>
        {
            signals.Set("ran");
            throw new TimeoutException("always");
        };
    }
}
