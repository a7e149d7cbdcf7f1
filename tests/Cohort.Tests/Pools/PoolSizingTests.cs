using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>Pools that grow and shrink: when they are told to, and when workers are idle.</summary>
public sealed class PoolSizingTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task Resize_Larger_WaitingTasksRunBesideTheOthers()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(1);
        Task<int> first = pool.ApplyAsync(signals.Released("a", 1));
        Task<int> second = pool.ApplyAsync(signals.Released("b", 2));
        await signals.IsRunningAsync("a");
        pool.Resize(2);
        Assert.Equal(2, pool.WorkerCount);
        await signals.IsRunningAsync("b");
        signals.Release("b");
        Assert.Equal(2, await second.Watched());
        signals.Release("a");
        Assert.Equal(1, await first.Watched());
        Assert.Equal(2, pool.WorkerProcessIds.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_Smaller_RunningTasksFinishAndQueuedOnesGoElsewhere()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(3);
        Task<int>[] running = [.. Enumerable.Range(0, 3).Select(n => pool.ApplyAsync(signals.Released($"{n}", n)))];
        await Task.WhenAll(Enumerable.Range(0, 3).Select(n => signals.IsRunningAsync($"{n}")));
        Task<int>[] queued = [.. Enumerable.Range(0, 10).Select(n => pool.ApplyAsync(static n => n, n))];
        pool.Resize(1);
        Assert.Equal((1, 3), (pool.WorkerCount, pool.WorkerProcessIds.Count));

        Enumerable.Range(0, 3).ToList().ForEach(n => signals.Release($"{n}"));
        Assert.Equal(Enumerable.Range(0, 3), await Task.WhenAll(running).Watched());
        Assert.Equal(Enumerable.Range(0, 10), await Task.WhenAll(queued).Watched());
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 1);
        Assert.Equal(pool.WorkerProcessIds[0], await pool.ApplyAsync(static () => Environment.ProcessId).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_ToTheSame_ChangesNothing()
    {
        await using ProcessPool pool = new(2);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        int[] workers = [.. pool.WorkerProcessIds];
        pool.Resize(2);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        Assert.Equal(workers, pool.WorkerProcessIds);
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_BadCountOrAPoolThatHasEnded_IsRefused()
    {
        await using ProcessPool processes = new(1);
        await using ThreadWorkerPool threads = new(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => processes.Resize(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => processes.Resize(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => threads.Resize(0));
        processes.Close();
        threads.Close();
        Assert.Contains("closed", Assert.Throws<InvalidOperationException>(() => processes.Resize(2)).Message, StringComparison.Ordinal);
        Assert.Contains("closed", Assert.Throws<InvalidOperationException>(() => threads.Resize(2)).Message, StringComparison.Ordinal);
        processes.Terminate();
        threads.Terminate();
        Assert.Contains("terminated", Assert.Throws<InvalidOperationException>(() => processes.Resize(2)).Message, StringComparison.Ordinal);
        Assert.Contains("terminated", Assert.Throws<InvalidOperationException>(() => threads.Resize(2)).Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (processes.WorkerCount, threads.WorkerCount));
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_BrokenPool_SaysWhy()
    {
        await using ProcessPool processes = new(new ProcessPoolOptions { Workers = 1, Initializer = static () => Deaths.Throw() });
        await using ThreadWorkerPool threads = new(new ThreadWorkerPoolOptions { Workers = 1, Initializer = static () => Deaths.Throw() });
        await Watchdog.FaultOf(processes.ApplyAsync(static () => 1));
        await Watchdog.FaultOf(threads.ApplyAsync(static () => 1));
        Assert.Contains("as it was told", Assert.Throws<PoolBrokenException>(() => processes.Resize(2)).Message, StringComparison.Ordinal);
        Assert.Contains("as it was told", Assert.Throws<PoolBrokenException>(() => threads.Resize(2)).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_AtRandomWhileMapsRun_AllResultsCome()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, MaxTasksPerWorker = 500 });
        await ResizeAtRandomAsync(pool, pool.Resize, 8, TimeSpan.FromMilliseconds(30));
        pool.Resize(2);

        // Each of the two may have a spare, since its last task is near.
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count is >= 2 and <= 4);
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_ThreadsAtRandomWhileMapsRun_AllResultsCome()
    {
        await using ThreadWorkerPool pool = new(2);
        await ResizeAtRandomAsync(pool, pool.Resize, 200, TimeSpan.FromMilliseconds(1));
    }

    [Fact(Timeout = Limit)]
    public async Task Resize_Threads_GrowAndShrinkAroundRunningTasks()
    {
        await using ThreadWorkerPool pool = new(1);
        using SemaphoreSlim running = new(0);
        using SemaphoreSlim mayEnd = new(0);
        int Block(int n)
        {
            running.Release();
            mayEnd.Wait();
            return n;
        }

        Task<int>[] tasks = [.. Enumerable.Range(0, 3).Select(n => pool.ApplyAsync(Block, n))];
        Assert.True(await running.WaitAsync(Watchdog.Limit, TestContext.Current.CancellationToken));
        pool.Resize(3);
        Assert.Equal(3, pool.WorkerCount);
        Assert.True(await running.WaitAsync(Watchdog.Limit, TestContext.Current.CancellationToken));
        Assert.True(await running.WaitAsync(Watchdog.Limit, TestContext.Current.CancellationToken));
        pool.Resize(1);
        Task<string?>[] after = [.. Enumerable.Range(0, 10).Select(_ => pool.ApplyAsync(static () => Thread.CurrentThread.Name))];
        mayEnd.Release(3);
        Assert.Equal(Enumerable.Range(0, 3), await Task.WhenAll(tasks).Watched());
        Assert.All(await Task.WhenAll(after).Watched(), name => Assert.Equal($"{pool.Name}-1", name));
    }

    [Fact(Timeout = Limit)]
    public async Task IdleTimeout_NothingToDo_WorkersLeaveAndComeBack()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, IdleTimeout = TimeSpan.FromMilliseconds(50) });
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 0);
        Assert.Equal(2, pool.WorkerCount);

        Task<int>[] both = [pool.ApplyAsync(signals.Released("a", 1)), pool.ApplyAsync(signals.Released("b", 2))];
        await signals.IsRunningAsync("a");
        await signals.IsRunningAsync("b");
        signals.Release("a");
        signals.Release("b");
        Assert.Equal(Enumerable.Range(1, 2), await Task.WhenAll(both).Watched());

        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 0);
        Assert.Equal(Enumerable.Range(0, 50), await pool.MapAsync(static n => n, Enumerable.Range(0, 50), chunkSize: 1).Watched());
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 0);
        Assert.Equal(Enumerable.Range(0, 50), await pool.MapStreamAsync(static n => n, Enumerable.Range(0, 50)).ToListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task IdleTimeout_WithMinWorkers_SoManyStay()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 3, MinWorkers = 1, IdleTimeout = TimeSpan.FromMilliseconds(50) });
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 1);
        int last = pool.WorkerProcessIds[0];

        // As long again as the timeout: it has had the time to leave.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(last, await pool.ApplyAsync(static () => Environment.ProcessId).Watched());
        pool.Resize(2);
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 1);
    }

    [Fact(Timeout = Limit)]
    public async Task IdleTimeout_AllHaveLeft_PoolClosesAndEnds()
    {
        ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, IdleTimeout = TimeSpan.FromMilliseconds(20) });
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 0);
        Task<int> task = pool.ApplyAsync(static () => 1);
        pool.Close();
        await pool.JoinAsync().Watched();
        Assert.Equal(1, await task.Watched());
        await pool.DisposeAsync();
    }

    private static async Task ResizeAtRandomAsync(IPool pool, Action<int> resize, int rounds, TimeSpan pause)
    {
        using CancellationTokenSource done = new();
        Task[] maps = [.. Enumerable.Range(0, 4).Select(n => Task.Run(() => MapUntilDoneAsync(pool, n, done.Token)))];
        Random random = new(4711);
        for (int i = 0; i < rounds; i++)
        {
            int count = random.Next(1, 5);
            resize(count);
            Assert.Equal(count, pool.WorkerCount);
            await Task.Delay(pause, TestContext.Current.CancellationToken);
        }

        await done.CancelAsync();
        await Task.WhenAll(maps).Watched();
    }

    private static async Task MapUntilDoneAsync(IPool pool, int start, CancellationToken done)
    {
        do
        {
            IEnumerable<int> items = Enumerable.Range(start, 200);
            Assert.Equal(items.Select(static n => n * n), await pool.MapAsync(static n => n * n, items, chunkSize: 3, CancellationToken.None).Watched());
            Assert.Equal(start, await pool.ApplyAsync(static n => n, start, CancellationToken.None).Watched());
        }
        while (!done.IsCancellationRequested);
    }
}
