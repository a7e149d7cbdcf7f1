using Cohort.Serializing;

namespace Cohort.Tests.Pools;

public sealed class PoolInitializerTests
{
    private const int Limit = 120_000;
    private static int s_initialized;

    [Fact(Timeout = Limit)]
    public async Task Initializer_EachWorker_RunsOnceBeforeItsFirstTask()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, Initializer = static () => s_initialized++ });
        int[] counts = await pool.MapAsync(static _ => s_initialized, Enumerable.Range(0, 200), chunkSize: 1).Watched();
        Assert.All(counts, static count => Assert.Equal(1, count));
        Assert.Equal(0, s_initialized);
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_CapturedVariables_AreThoseOfTheStartForLaterWorkersToo()
    {
        string captured = "first";
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = () => AppContext.SetData("captured", captured) });
        captured = "changed";
        Assert.Equal("first", await pool.ApplyAsync(static () => (string?)AppContext.GetData("captured")).Watched());
        Deaths.Kill(pool.WorkerProcessIds[0]);
        Assert.Equal("first", await pool.ApplyAsync(static () => (string?)AppContext.GetData("captured")).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_Throws_AllTasksFailWithPoolBrokenException()
    {
        Leaks before = Leaks.Snapshot();
        await using (ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, Name = "Fragile", Initializer = Fail }))
        {
            Task<int>[] tasks = [.. Enumerable.Range(0, 20).Select(n => pool.ApplyAsync(static n => n, n))];
            Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 100));
            foreach (Task task in (Task[])[.. tasks, map])
            {
                PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(task));
                Assert.Contains("initializer", fault.Message, StringComparison.Ordinal);
                Assert.Contains("Fragile", fault.Message, StringComparison.Ordinal);
                Assert.Contains("no licence", fault.Message, StringComparison.Ordinal);
                Assert.Contains(nameof(Fail), Assert.IsType<UnauthorizedAccessException>(fault.InnerException).StackTrace, StringComparison.Ordinal);
            }

            // Also what comes later.
            Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
            await Assert.ThrowsAsync<PoolBrokenException>(() => Watchdog.Run(() => pool.Map(static n => n, [1, 2])));
            await Assert.ThrowsAsync<PoolBrokenException>(() => pool.MapStreamAsync(static n => n, [1, 2]).ToListAsync());
        }

        Leaks.AssertNone(before);

        static void Fail() => throw new UnauthorizedAccessException("no licence");
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_EndsItsProcess_PoolGivesUp()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = static () => Environment.Exit(5) });
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
        Assert.Contains("before they were ready", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Initializer_CapturesWhatCannotTravel_ThrowsAtTheConstructorAndStartsNothing()
    {
        Leaks before = Leaks.Snapshot();
        using (FileStream captured = File.OpenRead("/dev/null"))
        {
            PickleException fault = Assert.Throws<PickleException>(
                () => new ProcessPool(new ProcessPoolOptions { Workers = 2, Initializer = () => captured.Flush() }));
            Assert.Contains("initializer", fault.Path, StringComparison.Ordinal);
            Assert.Contains("'captured'", fault.Message, StringComparison.Ordinal);
        }

        Leaks.AssertNone(before);
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_ThatCannotBeReadInTheWorker_BreaksThePoolAndSaysWhy()
    {
        PoolFaultTests.OneWay captured = new() { RefusesWorkers = true };
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = () => GC.KeepAlive(captured) });
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
        Assert.Contains("only outwards", fault.ToString(), StringComparison.Ordinal);
    }
}
