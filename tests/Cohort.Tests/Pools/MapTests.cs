namespace Cohort.Tests.Pools;

public sealed class MapTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;

    public static TheoryData<int?> ChunkSizes => new() { (int?)null, 1, 2, 3, 1000, int.MaxValue };

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ChunkSizes))]
    public async Task Map_AnyChunkSize_EqualsLinq(int? chunkSize)
    {
        foreach (int count in (int[])[1, 2, 7, 5000])
        {
            int[] items = [.. Enumerable.Range(0, count)];
            Assert.Equal(items.Select(static n => (n * 3L) + 1), await _pool.MapAsync(static n => (n * 3L) + 1, items, chunkSize).Watched());
            string[] texts = await Watchdog.Run(() => _pool.Map(static n => $"<{n}>", items, chunkSize));
            Assert.Equal(items.Select(static n => $"<{n}>"), texts);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Map_ChunkSizeBelowOne_ThrowsArgumentOutOfRange(int chunkSize)
    {
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => _pool.Map(static n => n, [1], chunkSize)).ParamName);
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => { _pool.MapAsync(static n => n, [1], chunkSize); }).ParamName);
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => { _pool.MapAsync(static n => Task.FromResult(n), [1], chunkSize); }).ParamName);
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => _pool.StarMap(static (a, b) => a + b, [(1, 2)], chunkSize)).ParamName);
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => { _pool.StarMapAsync(static (a, b) => a + b, [(1, 2)], chunkSize); }).ParamName);
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => _ = _pool.MapStream(static n => n, [1], chunkSize: chunkSize)).ParamName);
        Assert.Equal("chunkSize", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => _ = _pool.MapStreamAsync(static n => n, [1], chunkSize: chunkSize)).ParamName);
        Assert.Equal("maxInFlight", Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(() => _ = _pool.MapStream(static n => n, [1], maxInFlight: chunkSize)).ParamName);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ChunkSizes))]
    public async Task Map_EmptyInput_GivesEmptyResults(int? chunkSize)
    {
        Assert.Empty(await Watchdog.Run(() => _pool.Map(static n => n, Array.Empty<int>(), chunkSize)));
        Assert.Empty(await _pool.MapAsync(static n => n, Enumerable.Empty<string>(), chunkSize).Watched());
        Assert.Empty(await _pool.MapAsync(static n => Task.FromResult(n), new List<int>(), chunkSize).Watched());
        Assert.Empty(await _pool.StarMapAsync(static (a, b) => a + b, Array.Empty<(int, int)>(), chunkSize).Watched());
        Assert.Empty(await Watchdog.Run(() => _ = _pool.MapStream(static n => n, Array.Empty<int>(), chunkSize: chunkSize).ToList()));
        Assert.Empty(await _pool.MapStreamAsync(static n => n, Array.Empty<int>(), chunkSize: chunkSize).ToListAsync());
        Assert.Empty(await _pool.MapStreamAsync(static n => n, Enumerable.Empty<int>(), ordered: false, chunkSize).ToListAsync());
        Assert.Empty(await _pool.MapStreamAsync(static n => n, AsyncEnumerable.Empty<int>(), chunkSize: chunkSize).ToListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task Map_InputOfEveryShape_IsReadOnceInOrder()
    {
        int[] expected = [2, 4, 6];
        Assert.Equal(expected, await _pool.MapAsync(static n => n * 2, new List<int> { 1, 2, 3 }).Watched());
        Assert.Equal(expected, await _pool.MapAsync(static n => n * 2, new Queue<int>([1, 2, 3])).Watched());
        Assert.Equal(expected, await _pool.MapAsync(static n => n * 2, Yielded()).Watched());
        Assert.Equal(["a", "b"], await _pool.MapAsync<object, object>(static o => o, (object[])new string[] { "a", "b" }).Watched());
        Assert.Equal(new HashSet<int>(expected), [.. await _pool.MapAsync(static n => n * 2, new HashSet<int> { 1, 2, 3 }).Watched()]);

        static IEnumerable<int> Yielded()
        {
            yield return 1;
            yield return 2;
            yield return 3;
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(null)]
    [InlineData(2)]
    public async Task StarMap_Pairs_EqualsLinq(int? chunkSize)
    {
        (int, string)[] pairs = [.. Enumerable.Range(0, 100).Select(static n => (n, $"{n}!"))];
        IEnumerable<string> expected = pairs.Select(static p => p.Item2 + p.Item1);
        Assert.Equal(expected, await Watchdog.Run(() => _pool.StarMap(static (n, s) => s + n, pairs, chunkSize)));
        Assert.Equal(expected, await _pool.StarMapAsync(static (n, s) => s + n, pairs, chunkSize).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MapAsync_AsyncFunction_RunsToItsEnd()
    {
        int[] items = [.. Enumerable.Range(0, 50)];
        int[] results = await _pool.MapAsync(static async n => { await Task.Delay(1); return n + 1; }, items).Watched();
        Assert.Equal(items.Select(static n => n + 1), results);
    }

    [Fact(Timeout = Limit)]
    public async Task Map_SomeItemsFail_TriesAllAndThrowsOne()
    {
        using Signals signals = new();
        Task<int[]> map = _pool.MapAsync(n => { signals.Set($"{n}"); return n % 2 == 0 ? n : throw new ArithmeticException($"no {n}"); }, Enumerable.Range(0, 20), chunkSize: 1);
        Exception fault = await Watchdog.FaultOf(map);
        Assert.StartsWith("no ", Assert.IsType<ArithmeticException>(fault).Message, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, 20), n => Assert.True(signals.IsSet($"{n}")));
    }

    [Fact(Timeout = Limit)]
    public async Task Map_InputThatThrowsHalfway_ThrowsAtTheCall()
    {
        Assert.Equal("input", Watchdog.ThrownAtCall<FormatException>(() => { _pool.MapAsync(static n => n, Broken()); }).Message);
        Assert.Equal("input", (await Assert.ThrowsAsync<FormatException>(() => Watchdog.Run(() => _pool.Map(static n => n, Broken())))).Message);
        Assert.Equal(1, await _pool.ApplyAsync(static () => 1).Watched());

        static IEnumerable<int> Broken()
        {
            yield return 1;
            throw new FormatException("input");
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Map_ManyWithCapturedState_WorkersForgetTheirFunctions()
    {
        using ProcessPool single = new(1);
        long before = 0;
        for (int round = 0; round < 60; round++)
        {
            byte[] captured = new byte[2 << 20];
            captured[round] = 7;
            int[] got = await single.MapAsync(i => captured[i] + captured.Length, [round, round + 1]).Watched();
            Assert.Equal([captured.Length + 7, captured.Length], got);
            if (round == 10)
            {
                before = await single.ApplyAsync(static () => GC.GetTotalMemory(forceFullCollection: true)).Watched();
            }
        }

        long after = await single.ApplyAsync(static () => GC.GetTotalMemory(forceFullCollection: true)).Watched();
        Assert.True(after < before + (30L << 20), $"the worker grew from {before} to {after} bytes");
    }

    [Fact(Timeout = Limit)]
    public async Task Map_TwoAtOnce_ShareTheWorkers()
    {
        Task<int[]> large = _pool.MapAsync(static n => { Thread.Sleep(1); return n; }, Enumerable.Range(0, 4000), chunkSize: 1);
        int[] small = await _pool.MapAsync(static n => n + 1, Enumerable.Range(0, 10), chunkSize: 1).Watched();
        Assert.False(large.IsCompleted, "the small map waited for all of the large one");
        Assert.Equal(Enumerable.Range(1, 10), small);
        Assert.Equal(Enumerable.Range(0, 4000), await large.Watched());
    }
}
