using System.Collections.Concurrent;
using Cohort.Pools;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>What is particular to threads: what they share, that they cannot be killed, and what they must not wait for.</summary>
public sealed class ThreadWorkerPoolTests
{
    private const int Limit = 60_000;

    [ThreadStatic]
    private static int t_initialized;

    [Fact(Timeout = Limit)]
    public async Task Threads_AreBackgroundThreadsNamedAfterThePoolAndGoneAfterIt()
    {
        ThreadWorkerPool pool = new(new ThreadWorkerPoolOptions { Workers = 2, Name = "Mill" });
        ConcurrentDictionary<Thread, int> threads = new();
        using (Barrier both = new(2))
        {
            await pool.MapAsync(
                _ =>
                {
                    threads[Thread.CurrentThread] = 1;
                    both.SignalAndWait();
                    return 0;
                },
                [1, 2],
                chunkSize: 1).Watched();
        }

        Assert.Equal(["Mill-1", "Mill-2"], threads.Keys.Select(static thread => thread.Name).Order());
        Assert.All(threads.Keys, static thread => Assert.True(thread.IsBackground));
        await pool.DisposeAsync();
        Assert.All(threads.Keys, static thread => Assert.False(thread.IsAlive));
    }

    [Fact]
    public void Defaults_AreOneThreadPerCpuAndANumberedName()
    {
        using ThreadWorkerPool pool = new();
        Assert.Equal(WorkerProcess.CpuCount, pool.WorkerCount);
        Assert.StartsWith("ThreadPool-", pool.Name, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_RunsInTheThreadOfTheTasks()
    {
        await using ThreadWorkerPool pool = new(new ThreadWorkerPoolOptions { Workers = 2, Initializer = static () => t_initialized++ });
        Assert.All(await pool.MapAsync(static _ => t_initialized, Enumerable.Range(0, 50), 1).Watched(), static n => Assert.Equal(1, n));
        Assert.Equal(0, t_initialized);
    }

    [Fact(Timeout = Limit)]
    public async Task ArgumentsResultsAndExceptions_AreTheVeryObjects()
    {
        await using ThreadWorkerPool pool = new(1);
        List<int> list = [1];
        Assert.Same(list, await pool.ApplyAsync(static l => { l.Add(2); return l; }, list).Watched());
        Assert.Equal([1, 2], list);
        Assert.Same(list, (await pool.MapAsync(static l => l, [list]).Watched())[0]);
        InvalidOperationException thrown = new("mine");
        Assert.Same(thrown, await Watchdog.FaultOf(pool.ApplyAsync(Throw)));
        Assert.Contains(nameof(Throw), thrown.StackTrace, StringComparison.Ordinal);

        int Throw() => throw thrown;
    }

    [Fact(Timeout = Limit)]
    public async Task Tasks_DoNotSeeTheSubmittersAsyncLocals()
    {
        AsyncLocal<string> local = new() { Value = "constructor" };
        await using ThreadWorkerPool pool = new(1);
        local.Value = "submitter";
        Assert.Null(await pool.ApplyAsync(() => local.Value).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Cancelled_ChunkThatRuns_StopsAfterItsItem()
    {
        using CancellationTokenSource source = new();
        using ManualResetEventSlim running = new(), goOn = new();
        await using ThreadWorkerPool pool = new(1);
        int ran = 0;
        Task<int[]> map = pool.MapAsync(
            n =>
            {
                ran++;
                running.Set();
                goOn.Wait();
                return n;
            },
            Enumerable.Range(0, 100),
            chunkSize: 100,
            source.Token);
        running.Wait(Watchdog.Limit, TestContext.Current.CancellationToken);
        await source.CancelAsync();
        Assert.True(map.IsCanceled);
        goOn.Set();
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        Assert.Equal(1, ran);
    }

    [Fact(Timeout = Limit)]
    public async Task Terminated_FunctionThatRuns_EndsForItsCallerAtOnceAndForJoinWhenItReturns()
    {
        using ManualResetEventSlim running = new(), goOn = new();
        ThreadWorkerPool pool = new(1);
        Task<int> task = pool.ApplyAsync(() =>
        {
            running.Set();
            goOn.Wait();
            return 1;
        });
        running.Wait(Watchdog.Limit, TestContext.Current.CancellationToken);
        pool.Terminate();
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(task));
        Assert.False(pool.TryJoin(TimeSpan.FromMilliseconds(20)));
        goOn.Set();
        Assert.True(pool.TryJoin(Watchdog.Limit));
        Assert.True(task.IsFaulted);
    }

    [Fact(Timeout = Limit)]
    public async Task Terminated_ByItsOwnFunction_Ends()
    {
        ThreadWorkerPool pool = new(2);
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(pool.ApplyAsync(pool.Terminate)));
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
    }

    public static TheoryData<string, Action<IPool, Func<int, int>>> Waits => new()
    {
        { "Apply", static (pool, function) => pool.Apply(function, 1) },
        { "Map", static (pool, function) => pool.Map(function, [1]) },
        { "StarMap", static (pool, function) => pool.StarMap((a, b) => function(a + b), [(1, 2)]) },
        { "MapStream", static (pool, function) => pool.MapStream(function, [1]).ToList() },
        { "Join", static (pool, _) => { pool.Close(); pool.Join(); } },
        { "TryJoin", static (pool, _) => { pool.Close(); pool.TryJoin(TimeSpan.Zero); } },
        { "Dispose", static (pool, _) => pool.Dispose() },
        { "Apply through a view", static (pool, function) => pool.With(new TaskOptions { Retries = 1 }).Apply(function, 1) },
        { "Apply inside another pool", static (pool, function) => { using InlinePool inner = new(); inner.Apply(() => pool.Apply(function, 1)); } },
    };

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Waits), DisableDiscoveryEnumeration = true)]
    public async Task Worker_WaitsForItsOwnPool_IsToldSoAndNothingOfItRuns(string kind, Action<IPool, Func<int, int>> wait)
    {
        await using ThreadWorkerPool pool = new(new ThreadWorkerPoolOptions { Workers = 1, Name = "Mill" });
        Exception? refusal = null;
        bool ran = false;
        await pool.ApplyAsync(() => refusal = Record.Exception(() => wait(pool, n =>
        {
            ran = true;
            return n;
        }))).Watched().ContinueWith(static _ => { }, TaskScheduler.Default);
        await Eventually.TrueAsync(() => refusal is not null);
        string message = Assert.IsType<InvalidOperationException>(refusal).Message;
        Assert.Contains("runs in pool Mill cannot wait for that pool", message, StringComparison.Ordinal);
        Assert.Contains("second pool", message, StringComparison.Ordinal);
        if (kind is not ("Join" or "TryJoin" or "Dispose"))
        {
            // The pool goes on, and what was refused was not even submitted.
            Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
            Assert.False(ran);
        }

        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_SubmitsToItsOwnPoolWithoutWaiting_IsFine()
    {
        await using ThreadWorkerPool pool = new(1);
        Task<int> inner = await pool.ApplyAsync(() => Task.FromResult(pool.ApplyAsync(static () => 5))).Watched();
        Assert.Equal(5, await inner.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_WaitsForASecondPool_IsFine()
    {
        await using ThreadWorkerPool outer = new(1);
        await using ThreadWorkerPool inner = new(1);
        Assert.Equal((int[])[2, 3], await outer.ApplyAsync(() => inner.Map(static n => n + 1, [1, 2])).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Maps_AtTheSameTime_TakeTurns()
    {
        await using ThreadWorkerPool pool = new(1);
        using ManualResetEventSlim running = new(), start = new();
        List<string> order = [];
        Task<int> gate = pool.ApplyAsync(() => { running.Set(); start.Wait(); return 0; });
        running.Wait(Watchdog.Limit, TestContext.Current.CancellationToken);
        Task<int[]> a = pool.MapAsync(n => { order.Add($"a{n}"); return n; }, [0, 1, 2], 1);
        Task<int[]> b = pool.MapAsync(n => { order.Add($"b{n}"); return n; }, [0, 1, 2], 1);
        Task<int> single = pool.ApplyAsync(() => { order.Add("single"); return 0; });
        start.Set();
        await Task.WhenAll(a, b, gate, single).Watched();
        Assert.Equal(["a0", "b0", "single", "a1", "b1", "a2", "b2"], order);
    }
}
