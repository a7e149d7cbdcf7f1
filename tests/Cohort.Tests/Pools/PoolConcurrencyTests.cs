namespace Cohort.Tests.Pools;

public sealed class PoolConcurrencyTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;

    [Fact(Timeout = Limit)]
    public async Task Apply_FromManyThreads_EachGetsItsOwnResults()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Watchdog.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                Assert.Equal((thread * 10_000) + i, _pool.Apply(static n => n, (thread * 10_000) + i));
            }
        })));
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_OfOneWorkerWithoutSpinning_ServesManyThreads()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, SpinTime = TimeSpan.Zero });
        await Task.WhenAll(Enumerable.Range(0, 6).Select(thread => Watchdog.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                Assert.Equal(thread + i, pool.Apply(static (a, b) => a + b, thread, i));
            }
        })));
        Assert.Equal(Enumerable.Range(0, 5000), await pool.MapAsync(static n => n, Enumerable.Range(0, 5000)).Watched());
        Assert.Equal(Enumerable.Range(0, 500), await pool.MapStreamAsync(static n => n, Enumerable.Range(0, 500), chunkSize: 1).ToListAsync());
    }

    /// <summary>A submitter that finds the gate taken just when the dispatcher falls asleep must not be left behind.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(0)]
    [InlineData(50)]
    public async Task Apply_CallsThatMeetAtTheEdgeOfSleep_AreAllServed(int spinMicroseconds)
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, SpinTime = TimeSpan.FromMicroseconds(spinMicroseconds) });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(thread => Watchdog.Run(() =>
        {
            Random random = new(thread);
            for (int i = 0; i < 1500; i++)
            {
                Assert.Equal(i, pool.Apply(static n => n, i));

                // About as long as everybody spins before sleeping.
                Thread.SpinWait(random.Next(6000));
            }
        })));
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_AllKindsOfWorkAtOnce_AllIsRight()
    {
        int[] items = [.. Enumerable.Range(0, 3000)];
        List<Task> work = [];
        for (int i = 0; i < 3; i++)
        {
            work.Add(Watchdog.Run(() => Assert.Equal(items, _pool.Map(static n => n, items))));
            work.Add(Watchdog.Run(() => Assert.Equal(items, _pool.MapStream(static n => n, items))));
            work.Add(Task.Run(async () => Assert.Equal(items, (await _pool.MapStreamAsync(static n => n, items, ordered: false).ToListAsync()).Order())));
            work.Add(Task.Run(async () => Assert.Equal(items, await Task.WhenAll(items.Select(n => _pool.ApplyAsync(static n => n, n))))));
            work.Add(Watchdog.Run(() => Assert.All(items.Take(500), n => Assert.Equal(n, _pool.Apply(static n => n, n)))));
        }

        await Task.WhenAll(work).Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Task_QueuedBehindALongOne_IsTakenByAnIdleWorker()
    {
        using Signals signals = new();
        Task<int> longOne = _pool.ApplyAsync(signals.Released("long", 1));
        await signals.IsRunningAsync("long");
        for (int round = 0; round < 10; round++)
        {
            Task<int>[] shortOnes = [.. Enumerable.Range(0, 40).Select(n => _pool.ApplyAsync(static n => n, n))];
            Assert.Equal(Enumerable.Range(0, 40), await Task.WhenAll(shortOnes).Watched());
        }

        Assert.False(longOne.IsCompleted);

        // Large enough that they do not all find room in the busy worker's ring.
        byte[] data = new byte[200 << 10];
        Task<int>[] largeOnes = [.. Enumerable.Range(0, 40).Select(n => _pool.ApplyAsync(static (n, bytes) => n + bytes.Length, n, data))];
        Assert.Equal(Enumerable.Range(data.Length, 40), await Task.WhenAll(largeOnes).Watched());
        Assert.False(longOne.IsCompleted);
        signals.Release("long");
        Assert.Equal(1, await longOne.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Map_LargeClosuresAtOnceBehindALongTask_AllFinish()
    {
        using Signals signals = new();
        Task<int> longOne = _pool.ApplyAsync(signals.Released("long", 1));
        await signals.IsRunningAsync("long");
        Task<int[]>[] maps = [.. Enumerable.Range(0, 20).Select(n => _pool.MapAsync(Capture(n), [1, 2, 3, 4], chunkSize: 1))];
        await Task.WhenAll(maps).Watched();
        Assert.All(maps.Index(), static pair => Assert.Equal([pair.Index + 1, pair.Index + 2, pair.Index + 3, pair.Index + 4], pair.Item.Result));
        signals.Release("long");
        Assert.Equal(1, await longOne.Watched());

        static Func<int, int> Capture(int n)
        {
            byte[] large = new byte[180 << 10];
            large[n] = (byte)n;
            return i => large[n] + i;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_FromWithinAWorker_RunsInAPoolOfItsOwn()
    {
        (int worker, int[] nested) = await _pool.ApplyAsync(static () =>
        {
            using ProcessPool pool = new(2);
            int[] results = pool.Map(static n => n * n, [1, 2, 3]);
            return (Environment.ProcessId, (int[])[.. results, pool.Apply(static () => Environment.ProcessId)]);
        }).Watched();
        Assert.Contains(worker, _pool.WorkerProcessIds);
        Assert.Equal((int[])[1, 4, 9], nested[..3]);
        Assert.DoesNotContain(nested[3], (int[])[Environment.ProcessId, .. _pool.WorkerProcessIds]);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{nested[3]}"));
    }

    [Fact(Timeout = Limit)]
    public async Task TwoPools_AtOnce_DoNotMixUp()
    {
        await using ProcessPool other = new(new ProcessPoolOptions { Workers = 2, Initializer = static () => AppContext.SetData("pool", 2) });
        Task<int[]> first = _pool.MapAsync(static n => AppContext.GetData("pool") is int p ? p : 1, Enumerable.Range(0, 2000));
        Task<int[]> second = other.MapAsync(static n => AppContext.GetData("pool") is int p ? p : 1, Enumerable.Range(0, 2000));
        Assert.All(await first.Watched(), static p => Assert.Equal(1, p));
        Assert.All(await second.Watched(), static p => Assert.Equal(2, p));
        Assert.Empty(_pool.WorkerProcessIds.Intersect(other.WorkerProcessIds));
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_OfStandbyWorkers_Works()
    {
        await WorkerContext.PrepareWarmAsync(2, TestContext.Current.CancellationToken).Watched();
        try
        {
            await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, Context = WorkerContext.Warm });
            Assert.Equal(Enumerable.Range(0, 100), await pool.MapAsync(static n => n, Enumerable.Range(0, 100)).Watched());
            Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf)));
            Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        }
        finally
        {
            await WorkerContext.PrepareWarmAsync(0, TestContext.Current.CancellationToken).Watched();
        }
    }
}
