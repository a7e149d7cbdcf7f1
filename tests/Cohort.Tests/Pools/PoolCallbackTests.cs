using Cohort.Serializing;

namespace Cohort.Tests.Pools;

/// <summary>What runs when a task is done may use the pool that it came from, also to end it.</summary>
public sealed class PoolCallbackTests
{
    private const int Limit = 120_000;

    [Theory(Timeout = Limit)]
    [InlineData(TaskContinuationOptions.None)]
    [InlineData(TaskContinuationOptions.ExecuteSynchronously)]
    public async Task Join_InAContinuation_WaitsForTheEnd(TaskContinuationOptions options)
    {
        await using ProcessPool pool = new(2);
        Task<bool> joined = pool.ApplyAsync(static n => n + 1, 1).ContinueWith(
            done =>
            {
                pool.Close();
                pool.Join();
                return done.Result == 2 && pool.WorkerProcessIds.Count == 0;
            },
            CancellationToken.None,
            options,
            TaskScheduler.Default);
        Assert.True(await joined.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_InAContinuation_IsDone()
    {
        await using ProcessPool pool = new(1);
        Task<int> second = pool.ApplyAsync(static n => n + 1, 1).ContinueWith(
            first => pool.Apply(static n => n * 10, first.Result),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Assert.Equal(20, await second.Watched());
    }

    /// <summary>The nearest that a worker of a process pool can come to waiting for its own pool: it has no such object.</summary>
    [Fact(Timeout = Limit)]
    public async Task Pool_GivenToItsOwnWorker_IsRefusedByName()
    {
        await using ProcessPool pool = new(1);
        PickleException refusal = Assert.IsType<PickleException>(
            await Watchdog.FaultOf(pool.ApplyAsync(static own => own.Apply(static () => 1), pool)));
        Assert.Contains("make a pool inside the function", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }
}
