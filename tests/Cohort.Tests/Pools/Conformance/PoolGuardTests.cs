using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>A pool stays in its process, and waits that could never end are refused.</summary>
public sealed class PoolGuardTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task ProcessPool_FunctionThatCapturesAPool_IsRefusedWithWhatToDo()
    {
        await using ProcessPool pool = new(1);
        await using ThreadWorkerPool threads = new(1);
        foreach (IPool captured in (IPool[])[pool, threads, pool.With(new TaskOptions())])
        {
            Func<int> function = Capture(captured);
            PickleException refusal = Watchdog.ThrownAtCall<PickleException>(() => { pool.ApplyAsync(function); });
            Assert.Contains("'captured'", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("make a pool inside the function", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        static Func<int> Capture(IPool captured) => () => captured.Apply(static () => 1);
    }

    [Fact(Timeout = Limit)]
    public async Task SwitchingPools_IsOneLine()
    {
        foreach (Func<IPool> make in (Func<IPool>[])[static () => new ProcessPool(2), static () => new ThreadWorkerPool(2), static () => new InlinePool()])
        {
            await using IPool pool = make();
            Assert.Equal(285, await SumOfSquaresAsync(pool).Watched());
        }

        static async Task<int> SumOfSquaresAsync(IPool pool) => (await pool.MapAsync(static n => n * n, Enumerable.Range(0, 10))).Sum();
    }
}
