using Cohort.Pools;
using Cohort.Sharing;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>What every pool does whose workers run beside the caller.</summary>
public abstract class WorkerPoolConformanceTests(PoolKind kind) : PoolConformanceTests(kind)
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Constructor_WorkersBelowOne_Throws(int workers) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Kind.Create(workers));

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_ResultThatTakesTime_IsWaitedForAsLongAsTheCallerLikes()
    {
        using Signals signals = new();
        Task<int> task = Pool.ApplyAsync(signals.Released("slow", 5));
        await signals.IsRunningAsync("slow");
        Assert.False(task.IsCompleted);
        await Assert.ThrowsAsync<TimeoutException>(() => task.WaitAsync(TimeSpan.FromMilliseconds(20)));
        signals.Release("slow");
        Assert.Equal(5, await task.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_AllBusy_MoreWorkWaits()
    {
        using Signals signals = new();
        Task<int>[] running = [Pool.ApplyAsync(signals.Released("a")), Pool.ApplyAsync(signals.Released("b"))];
        Task<int> third = Pool.ApplyAsync(signals.Setting("third"), 3);
        await signals.IsRunningAsync("a");
        await signals.IsRunningAsync("b");
        Assert.False(signals.IsSet("third"));
        Assert.False(third.IsCompleted);
        signals.Release("a");
        Assert.Equal(3, await third.Watched());
        signals.Release("b");
        await Task.WhenAll(running).Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_Idle_AreUsedAgain()
    {
        HashSet<(int, int)> workers = [];
        for (int i = 0; i < 30; i++)
        {
            workers.Add(await Pool.ApplyAsync(static () => (Environment.ProcessId, Environment.CurrentManagedThreadId)).Watched());
        }

        Assert.InRange(workers.Count, 1, 2);
    }

    [Fact(Timeout = Limit)]
    public async Task Token_CancelledWhileQueued_NeverRuns()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using IPool pool = Kind.Create(1);
        Task<int> first = pool.ApplyAsync(signals.Released("first", 7));
        await signals.IsRunningAsync("first");
        Task<int>[] queued = [.. Enumerable.Range(0, 5).Select(_ => pool.ApplyAsync(signals.Setting("queued"), 1, source.Token))];
        Task<int[]> map = pool.MapAsync(signals.Setting("queued"), [1, 2], 1, source.Token);
        Task<int> last = pool.ApplyAsync(static () => 8);
        await source.CancelAsync();
        Assert.All((Task[])[.. queued, map], static task => Assert.True(task.IsCanceled));
        signals.Release("first");
        Assert.Equal(7, await first.Watched());
        Assert.Equal(8, await last.Watched());
        Assert.False(signals.IsSet("queued"));
    }

    [Fact(Timeout = Limit)]
    public async Task Token_CancelledWhileRunning_EndsTheWaitAtOnce()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using IPool pool = Kind.Create(1);
        Task<int> task = pool.ApplyAsync(signals.Released("a"), source.Token);
        await signals.IsRunningAsync("a");
        await source.CancelAsync();
        OperationCanceledException fault = await Assert.ThrowsAnyAsync<OperationCanceledException>(task.Watched);
        Assert.Equal(source.Token, fault.CancellationToken);

        // A thread has to come to its end; a process is replaced, whether it does or not.
        signals.Release("a");
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Token_BlockedCallCancelled_Returns()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using IPool pool = Kind.Create(1);
        Task call = Watchdog.Run(() => pool.Apply(signals.Released("a"), source.Token));
        await signals.IsRunningAsync("a");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        signals.Release("a");
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_WithWorkOutstanding_AllOfItEndsAtOnce()
    {
        using Signals signals = new();
        IPool pool = Kind.Create(1);
        Task<int> running = pool.ApplyAsync(signals.Released("a"));
        await signals.IsRunningAsync("a");
        Task<int>[] queued = [.. Enumerable.Range(0, 10).Select(n => pool.ApplyAsync(static m => m, n))];
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 100));
        Task blocked = Watchdog.Run(() => pool.MapStream(static n => n, [1, 2]).ToList());
        pool.Terminate();
        foreach (Task task in (Task[])[running, .. queued, map])
        {
            Assert.Contains("terminated", Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(task)).Message, StringComparison.Ordinal);
        }

        // It may also have been about to begin.
        Assert.True(await Watchdog.FaultOf(blocked) is OperationCanceledException or InvalidOperationException);
        signals.Release("a");
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        await pool.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_MapThatRuns_IsOver()
    {
        using Signals signals = new();
        IPool pool = Kind.Create();
        List<int> items = [.. Enumerable.Range(0, 10)];
        Task<int[]> map = pool.MapAsync(Hold(signals), items, 1);
        await signals.IsRunningAsync("0");
        pool.Terminate();
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(map));
        items.ForEach(n => signals.Release($"{n}"));
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.False(signals.IsSet("9 runs"));

        static Func<int, int> Hold(Signals signals) => n => signals.RunUntilReleased($"{n}", n);
    }

    [Fact(Timeout = Limit)]
    public async Task Close_WithWorkLeft_ReturnsAtOnceAndDoesItAll()
    {
        using Signals signals = new();
        await using IPool pool = Kind.Create(1);
        Task<int> running = pool.ApplyAsync(signals.Released("a", 4));
        await signals.IsRunningAsync("a");
        Task<int>[] queued = [.. Enumerable.Range(0, 20).Select(n => pool.ApplyAsync(static m => m * 2, n))];
        Task<int[]> map = pool.MapAsync(static n => n + 1, Enumerable.Range(0, 1000));
        pool.Close();
        Assert.False(pool.TryJoin(TimeSpan.FromMilliseconds(20)));
        signals.Release("a");
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(4, await running.Watched());
        Assert.Equal(Enumerable.Range(0, 20).Select(static n => n * 2), await Task.WhenAll(queued).Watched());
        Assert.Equal(Enumerable.Range(1, 1000), await map.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MapAsync_NotAwaited_RunsAllTheSame()
    {
        using Signals signals = new();
        _ = Pool.MapAsync(signals.Setting("ran"), [1]);
        await Eventually.TrueAsync(() => signals.IsSet("ran"));
    }

    [Fact(Timeout = Limit)]
    public async Task MapStream_Unordered_FastResultsOvertakeASlowOne()
    {
        using Signals signals = new();
        List<int> results = [];
        await foreach (int result in Pool.MapStreamAsync(HoldZero(signals), Enumerable.Range(0, 10), ordered: false, chunkSize: 1))
        {
            results.Add(result);
            if (results.Count == 9)
            {
                signals.Release("0");
            }
        }

        Assert.Equal(0, results[^1]);
        Assert.Equal(Enumerable.Range(1, 9), results[..^1].Order());

        static Func<int, int> HoldZero(Signals signals) => n => n == 0 ? signals.RunUntilReleased("0") : n;
    }

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_StepWithATimeout_GivesUpAndGoesOn()
    {
        using Signals signals = new();
        await using IAsyncEnumerator<int> results = Pool.MapStreamAsync(HoldOne(signals), [0, 1], chunkSize: 1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await results.MoveNextAsync().AsTask().Watched());
        Task<bool> next = results.MoveNextAsync().AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(TimeSpan.FromMilliseconds(20)));
        signals.Release("1");
        Assert.True(await next.Watched());
        Assert.Equal(1, results.Current);

        static Func<int, int> HoldOne(Signals signals) => n => n == 1 ? signals.RunUntilReleased("1", 1) : n;
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_WhileManySubmit_EachTaskHasAnOutcome()
    {
        await using IPool pool = Kind.Create();
        await pool.ApplyAsync(static () => 1).Watched();
        using Barrier start = new(3);
        Task<List<Task<int>>>[] submitters = [.. Enumerable.Range(0, 2).Select(_ => Watchdog.Run(() =>
        {
            List<Task<int>> tasks = [];
            start.SignalAndWait();
            try
            {
                while (tasks.Count < 50_000)
                {
                    tasks.Add(pool.ApplyAsync(static n => n, 1));
                }
            }
            catch (InvalidOperationException)
            {
            }

            return tasks;
        }))];
        start.SignalAndWait(TestContext.Current.CancellationToken);
        pool.Terminate();
        Task[] all = [.. (await Task.WhenAll(submitters).Watched()).SelectMany(static tasks => tasks)];
        await Task.WhenAll(all).ContinueWith(static _ => { }, TaskScheduler.Default).Watched();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.All(all, static task => Assert.True(task.IsCompleted));
    }

    [Fact(Timeout = Limit)]
    public async Task Priority_HigherTasks_RunBeforeThoseThatWait()
    {
        using Signals signals = new();
        using RawSharedArray<int> order = new(3 + 1);
        await using IPool pool = Kind.Create(1);
        Task<int> blocker = pool.ApplyAsync(signals.Released("first", 0));
        Task<int> second = pool.ApplyAsync(signals.Released("second", 0));
        await signals.IsRunningAsync("first");
        Task[] tasks =
        [
            pool.With(new TaskOptions { Priority = -1 }).ApplyAsync(Note(order, 1)),
            pool.ApplyAsync(Note(order, 2)),
            pool.With(new TaskOptions { Priority = 5 }).ApplyAsync(Note(order, 3)),
        ];
        signals.Release("first");
        signals.Release("second");
        await Task.WhenAll([.. tasks, blocker, second]).Watched();

        Assert.Equal([3, 2, 1], order.Skip(1));

        static Action Note(RawSharedArray<int> order, int number) => () => order[++order[0]] = number;
    }
}
