namespace Cohort.Tests.Pools;

public sealed class PoolCancellationTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task Apply_TokenAlreadyCancelled_RunsNothing()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(1);
        CancellationToken token = new(canceled: true);
        Func<int, int> function = signals.Setting("a");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Run(() => pool.Apply(function, 1, token)));
        Assert.True(pool.ApplyAsync(function, 1, token).IsCanceled);
        Assert.True(pool.MapAsync(function, [1], null, token).IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Run(() => pool.Map(function, [1], null, token)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.MapStreamAsync(function, [1], cancellationToken: token).ToListAsync());
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        Assert.False(signals.IsSet("a"));
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_CancelledBeforeAnyWorkerIsReady_NeverRuns()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(1);
        Task<int> task = pool.ApplyAsync(signals.Forever("a"), source.Token);
        await source.CancelAsync();
        OperationCanceledException fault = await Assert.ThrowsAnyAsync<OperationCanceledException>(task.Watched);
        Assert.Equal(source.Token, fault.CancellationToken);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        Assert.False(signals.IsSet("a runs"));
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_CancelledWhileQueuedBehindAnother_NeverRunsAndCostsNoWorker()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(1);
        Task<int> first = pool.ApplyAsync(signals.Released("first", 7));
        Task<int>[] queued = [.. Enumerable.Range(0, 5).Select(_ => pool.ApplyAsync(signals.Forever("queued"), source.Token))];
        Task<int> last = pool.ApplyAsync(static () => 8);
        await signals.IsRunningAsync("first");
        IReadOnlyList<int> workers = pool.WorkerProcessIds;
        await source.CancelAsync();
        Assert.All(queued, static task => Assert.True(task.IsCanceled));
        signals.Release("first");
        Assert.Equal(7, await first.Watched());
        Assert.Equal(8, await last.Watched());
        Assert.False(signals.IsSet("queued runs"));
        Assert.Equal(workers, pool.WorkerProcessIds);
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_CancelledWhileRunning_EndsAtOnceAndItsWorkerIsReplaced()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, CancellationGrace = TimeSpan.FromMilliseconds(50) });
        Task<int> doomed = pool.ApplyAsync(signals.Forever("doomed"), source.Token);
        Task<int> other = pool.ApplyAsync(signals.Released("other", 5));
        await signals.IsRunningAsync("doomed");
        await signals.IsRunningAsync("other");
        int victim = pool.WorkerProcessIds.Single(id => signals.IsSet($"{id}"));
        Task<int[]> more = pool.MapAsync(static n => n, Enumerable.Range(0, 100), chunkSize: 1);
        await source.CancelAsync();
        Assert.True(doomed.IsCanceled);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{victim}"));
        Assert.Equal(Enumerable.Range(0, 100), await more.Watched());
        signals.Release("other");
        Assert.Equal(5, await other.Watched());
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 2);
        Assert.DoesNotContain(victim, pool.WorkerProcessIds);
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_BlockedCallCancelled_Returns()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, CancellationGrace = TimeSpan.Zero });
        Task call = Watchdog.Run(() => pool.Apply(signals.Forever("a"), source.Token));
        await signals.IsRunningAsync("a");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_CancelledTaskEndsWithinItsGrace_WorkerIsKept()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, CancellationGrace = TimeSpan.MaxValue });
        Task<int> task = pool.ApplyAsync(signals.Released("a"), source.Token);
        await signals.IsRunningAsync("a");
        IReadOnlyList<int> workers = pool.WorkerProcessIds;
        await source.CancelAsync();
        Task<int> next = pool.ApplyAsync(static () => Environment.ProcessId);
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(TimeSpan.FromMilliseconds(200)));
        signals.Release("a");
        Assert.Equal(workers.Single(), await next.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MapAsync_Cancelled_RunsNoFurtherItems()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, CancellationGrace = TimeSpan.FromMilliseconds(20) });
        Task<int[]> map = pool.MapAsync(Block(signals), Enumerable.Range(0, 50), 1, source.Token);
        await signals.IsRunningAsync("0");
        await source.CancelAsync();
        Assert.True(map.IsCanceled);
        Assert.Equal((int[])[1, 2, 3], await pool.MapAsync(static n => n + 1, [0, 1, 2], 1).Watched());
        Assert.False(signals.IsSet("49 runs"));

        static Func<int, int> Block(Signals signals) => n => signals.RunForever($"{n}");
    }

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_ConsumerLeavesWhileItemsRun_TheirWorkersAreFreed()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, CancellationGrace = TimeSpan.FromMilliseconds(20) });
        await foreach (int result in pool.MapStreamAsync(PassZero(signals), [0, 1, 2], chunkSize: 1))
        {
            await signals.IsRunningAsync("a");
            break;
        }

        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        static Func<int, int> PassZero(Signals signals) => n => n == 0 ? n : signals.RunForever("a");
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_ManyCancelledWhileManyRun_EachEndsOneWay()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, CancellationGrace = TimeSpan.FromMilliseconds(5) });
        List<(int Number, Task<int> Task)> tasks = [];
        for (int round = 0; round < 20; round++)
        {
            using CancellationTokenSource source = new();
            for (int i = 0; i < 200; i++)
            {
                int number = (round * 200) + i;
                tasks.Add((number, pool.ApplyAsync(static n => { Thread.SpinWait(2000); return n; }, number, i % 2 == 0 ? source.Token : default)));
            }

            await tasks[^1].Task.Watched();
            await source.CancelAsync();
        }

        await Task.WhenAll(tasks.Select(static t => (Task)t.Task)).ContinueWith(static _ => { }, TaskScheduler.Default).Watched();
        Assert.All(tasks, static t => Assert.True(t.Task.IsCanceled ? t.Number % 2 == 0 : t.Task.Result == t.Number));
    }
}
