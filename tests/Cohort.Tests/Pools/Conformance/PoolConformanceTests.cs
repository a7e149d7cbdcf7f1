using Cohort.Pools;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>What every pool does, whatever its workers are: calls, maps and streams.</summary>
public abstract partial class PoolConformanceTests(PoolKind kind)
{
    protected const int Limit = 120_000;

    protected PoolKind Kind { get; } = kind;

    protected IPool Pool => Kind.Shared;

    [Fact(Timeout = Limit)]
    public async Task Apply_EveryArity_GivesTheResult()
    {
        Assert.Equal(42, await Watchdog.Run(() => Pool.Apply(static () => 42)));
        Assert.Equal(9, await Watchdog.Run(() => Pool.Apply(static n => n * n, 3)));
        Assert.Equal("ab", await Watchdog.Run(() => Pool.Apply(static (a, b) => a + b, "a", "b")));
        Assert.Equal("abc", await Watchdog.Run(() => Pool.Apply(static (a, b, c) => a + b + c, "a", "b", 'c')));
        using Signals signals = new();
        await Watchdog.Run(() => Pool.Apply(Mark(signals)));
        await Watchdog.Run(() => Pool.Apply(static (Signals s) => s.Set("given"), signals));
        Assert.True(signals.IsSet("captured") && signals.IsSet("given"));

        static Action Mark(Signals signals) => () => signals.Set("captured");
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_EveryShape_GivesTheResult()
    {
        Assert.Equal(42, await Pool.ApplyAsync(static () => 42).Watched());
        Assert.Equal(9, await Pool.ApplyAsync(static n => n * n, 3).Watched());
        Assert.Equal("ab", await Pool.ApplyAsync(static (a, b) => a + b, "a", "b").Watched());
        Assert.Equal("abc", await Pool.ApplyAsync(static (a, b, c) => a + b + c, "a", "b", 'c').Watched());
        Assert.Equal(7, await Pool.ApplyAsync(LaterAsync).Watched());
        Assert.Equal(8, await Pool.ApplyAsync(LaterOfAsync, 4).Watched());
        using Signals signals = new();
        await Pool.ApplyAsync(static async (Signals s) => { await Task.Yield(); s.Set("awaited"); }, signals).Watched();
        Assert.True(signals.IsSet("awaited"));

        static async Task<int> LaterAsync()
        {
            await Task.Yield();
            return 7;
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public async Task Map_EveryChunkSize_EqualsLinq(int? chunkSize)
    {
        int[] items = [.. Enumerable.Range(0, 1000)];
        int[] expected = [.. items.Select(static n => n * n)];
        Assert.Equal(expected, await Watchdog.Run(() => Pool.Map(static n => n * n, items, chunkSize)));
        Assert.Equal(expected, await Pool.MapAsync(static n => n * n, items.Where(static n => n >= 0), chunkSize).Watched());
        Assert.Equal(expected, await Pool.MapAsync(static n => n * n, new List<int>(items), chunkSize).Watched());
        Assert.Equal(items.Select(static n => n * 2), await Pool.MapAsync(LaterOfAsync, items, chunkSize).Watched());
        (int, int)[] pairs = [.. items.Select(static n => (n, 1))];
        Assert.Equal(items.Select(static n => n + 1), await Watchdog.Run(() => Pool.StarMap(static (a, b) => a + b, pairs, chunkSize)));
        Assert.Equal(items.Select(static n => n + 1), await Pool.StarMapAsync(static (a, b) => a + b, pairs, chunkSize).Watched());
    }

    [Theory(Timeout = Limit)]
    [InlineData(null)]
    [InlineData(20)]
    public async Task MapAndStream_NoItems_GiveNothingAndDoNotStall(int? chunkSize)
    {
        Assert.Empty(await Watchdog.Run(() => Pool.Map(static n => n, Array.Empty<int>(), chunkSize)));
        Assert.Empty(await Pool.MapAsync(static n => n, new List<int>(), chunkSize).Watched());
        Assert.Empty(await Pool.StarMapAsync(static (a, b) => a + b, Enumerable.Empty<(int, int)>(), chunkSize).Watched());
        foreach (bool ordered in (bool[])[true, false])
        {
            Assert.Empty(await Watchdog.Run(() => Pool.MapStream(static n => n, Array.Empty<int>(), ordered, chunkSize).ToList()));
            Assert.Empty(await Pool.MapStreamAsync(static n => n, Array.Empty<int>(), ordered, chunkSize).ToListAsync());
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(true, null, null)]
    [InlineData(false, null, null)]
    [InlineData(true, 1, 1)]
    [InlineData(false, 7, 3)]
    [InlineData(true, 100, null)]
    public async Task MapStream_EveryShape_EqualsLinq(bool ordered, int? chunkSize, int? maxInFlight)
    {
        IEnumerable<int> items = Enumerable.Range(0, 500);
        int[] expected = [.. items.Select(static n => n * 2)];
        List<int>[] all =
        [
            await Watchdog.Run(() => Pool.MapStream(static n => n * 2, items, ordered, chunkSize, maxInFlight).ToList()),
            await Pool.MapStreamAsync(static n => n * 2, items, ordered, chunkSize, maxInFlight).ToListAsync(),
            await Pool.MapStreamAsync(static n => n * 2, Later(items), ordered, chunkSize, maxInFlight).ToListAsync(),
        ];
        Assert.All(all, results => Assert.Equal(expected, ordered ? results : results.Order()));
    }

    [Fact(Timeout = Limit)]
    public Task MapStream_Steps_AreInOrderAndEnd() => Watchdog.Run(() =>
    {
        using IEnumerator<int> results = Pool.MapStream(static n => n * n, Enumerable.Range(0, 3)).GetEnumerator();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(results.MoveNext());
            Assert.Equal(i * i, results.Current);
        }

        Assert.False(results.MoveNext());
        Assert.False(results.MoveNext());
    });

    [Fact(Timeout = Limit)]
    public Task MapStream_EndlessInput_IsReadAsFarAsResultsAreTaken() => Watchdog.Run(() =>
    {
        int read = 0, taken = 0, most = 0;
        IEnumerable<int> results = Pool.MapStream(static n => n + 1, Endless(), maxInFlight: 5);
        Assert.Equal(0, read);
        foreach (int result in results)
        {
            most = Math.Max(most, read - taken);
            Assert.Equal(++taken, result);
            if (taken == 200)
            {
                break;
            }
        }

        Assert.InRange(most, 1, 5);
        Assert.Equal(3, Pool.Apply(static n => n + 1, 2));

        IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return read++;
            }
        }
    });

    [Fact(Timeout = Limit)]
    public async Task MapStream_EnumeratedTwice_GivesAllResultsTwice()
    {
        IEnumerable<int> results = Pool.MapStream(static n => n * 3, [1, 2, 3]);
        IAsyncEnumerable<int> resultsAsync = Pool.MapStreamAsync(static n => n * 3, [1, 2, 3]);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal((int[])[3, 6, 9], await Watchdog.Run(() => results.ToList()));
            Assert.Equal((int[])[3, 6, 9], await resultsAsync.ToListAsync());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Function_Closure_SeesWhatItCaptured()
    {
        Func<int, int> addTen = Adding(10);
        Assert.Equal(11, await Pool.ApplyAsync(addTen, 1).Watched());
        Assert.Equal((int[])[11, 12], await Pool.MapAsync(addTen, [1, 2]).Watched());
        Assert.Equal((int[])[11, 12], await Watchdog.Run(() => Pool.MapStream(addTen, [1, 2]).ToList()));

        static Func<int, int> Adding(int captured) => n => n + captured;
    }

    [Fact(Timeout = Limit)]
    public async Task Calls_OfManyThreads_EachGetTheirOwn()
    {
        using Barrier start = new(4);
        Task[] callers = [.. Enumerable.Range(0, 4).Select(caller => Watchdog.Run(() =>
        {
            start.SignalAndWait();
            for (int i = 0; i < 50; i++)
            {
                Assert.Equal((caller * 1000) + i, Pool.Apply(static n => n, (caller * 1000) + i));
                Assert.Equal([caller, i], Pool.Map(static n => n, [caller, i]));
            }

            Assert.Equal(Enumerable.Range(caller, 100), Pool.MapStream(static n => n, Enumerable.Range(caller, 100)));
        }))];
        await Task.WhenAll(callers);
    }

    [Fact(Timeout = Limit)]
    public async Task With_Options_GivesAViewThatEndsWithThePool()
    {
        await using IPool pool = Kind.Create(1, name: "Mill");
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.With(new TaskOptions { Retries = -1 }));
        IPool view = pool.With(new TaskOptions { Retries = 2 });
        Assert.Equal(("Mill", pool.WorkerCount, 2), (view.Name, view.WorkerCount, view.TaskOptions.Retries));
        Assert.Equal(0, pool.TaskOptions.Retries);
        Assert.Equal(4, await view.ApplyAsync(static () => 4).Watched());
        await view.DisposeAsync();
        Assert.Equal((int[])[2], await pool.MapAsync(static n => n + 1, [1]).Watched());
        pool.Close();
        Watchdog.ThrownAtCall<InvalidOperationException>(() => view.Apply(static () => 1));
    }

    [Fact(Timeout = Limit)]
    public async Task Results_AreTasks_WhichAnswerForThemselves()
    {
        Task<int> good = Pool.ApplyAsync(static n => n, 3);
        Task<int> bad = Pool.ApplyAsync(Fail, 3);
        List<string> called = [];
        await good.ContinueWith(done => called.Add($"result {done.Result}"), TaskScheduler.Default).Watched();
        await bad.ContinueWith(done => called.Add($"error {done.Exception!.InnerException!.Message}"), TaskScheduler.Default).Watched();
        Assert.Equal(["result 3", "error no 3"], called);
        Assert.True(good.IsCompletedSuccessfully);
        Assert.True(bad.IsFaulted);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal("no 3", Assert.Throws<InvalidOperationException>(() => bad.GetAwaiter().GetResult()).Message);
        }

        List<int> finished = [];
        await foreach (Task<int> task in Task.WhenEach(Enumerable.Range(0, 20).Select(n => Pool.ApplyAsync(static m => m * 2, n))))
        {
            finished.Add(await task);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(static n => n * 2), finished.Order());
        Task<int> first = await Task.WhenAny(good, bad);
        Assert.True(first.IsCompleted);
    }

    protected static int Fail(int n) => throw new InvalidOperationException($"no {n}");

    private static async Task<int> LaterOfAsync(int n)
    {
        await Task.Yield();
        return n * 2;
    }

    private static async IAsyncEnumerable<int> Later(IEnumerable<int> items)
    {
        foreach (int item in items)
        {
            if (item % 16 == 0)
            {
                await Task.Yield();
            }

            yield return item;
        }
    }
}
