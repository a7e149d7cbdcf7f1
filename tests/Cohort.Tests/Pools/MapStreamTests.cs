using System.Diagnostics;
using System.Collections;
using System.Runtime.CompilerServices;

namespace Cohort.Tests.Pools;

public sealed class MapStreamTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;

    public static TheoryData<bool, int?, int?> Shapes => new()
    {
        { true, null, null }, { false, null, null }, { true, 1, null }, { false, 1, null }, { true, 7, 3 }, { false, 7, 3 },
        { true, null, 1 }, { false, 3, 1 }, { true, int.MaxValue, null }, { false, int.MaxValue, int.MaxValue },
    };

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Shapes))]
    public async Task MapStream_EveryShape_EqualsLinq(bool ordered, int? chunkSize, int? maxInFlight)
    {
        int count = maxInFlight is < 10 ? 300 : 5000;
        IEnumerable<int> items = Enumerable.Range(0, count);
        int[] expected = [.. items.Select(static n => n * 2)];
        List<int>[] all =
        [
            await Watchdog.Run(() => _pool.MapStream(static n => n * 2, items, ordered, chunkSize, maxInFlight).ToList()),
            await _pool.MapStreamAsync(static n => n * 2, items, ordered, chunkSize, maxInFlight).ToListAsync(),
            await _pool.MapStreamAsync(static n => n * 2, Later(items), ordered, chunkSize, maxInFlight).ToListAsync(),
        ];
        Assert.All(all, results => Assert.Equal(expected, ordered ? results : results.Order()));
    }

    [Fact(Timeout = Limit)]
    public Task MapStream_EndlessInput_IsReadAsFarAsResultsAreTaken() => Watchdog.Run(() =>
    {
        foreach (int limit in (int[])[1, 5, 64])
        {
            int read = 0, taken = 0, most = 0;
            foreach (int result in _pool.MapStream(static n => n + 1, Endless(), maxInFlight: limit))
            {
                most = Math.Max(most, read - taken);
                Assert.Equal(++taken, result);
                if (taken == 500)
                {
                    break;
                }
            }

            Assert.InRange(most, 1, limit);

            IEnumerable<int> Endless()
            {
                while (true)
                {
                    yield return read++;
                }
            }
        }
    });

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_EndlessInput_IsReadAsFarAsResultsAreTaken()
    {
        int read = 0, taken = 0, most = 0;
        bool ended = false;
        await foreach (int result in _pool.MapStreamAsync(static n => n + 1, Endless(), maxInFlight: 10))
        {
            most = Math.Max(most, read - taken);
            Assert.Equal(++taken, result);
            if (taken == 500)
            {
                break;
            }
        }

        Assert.InRange(most, 1, 10);
        Assert.True(ended, "the input was not disposed");

        async IAsyncEnumerable<int> Endless()
        {
            try
            {
                while (true)
                {
                    await Task.Yield();
                    yield return read++;
                }
            }
            finally
            {
                ended = true;
            }
        }
    }

    [Fact(Timeout = Limit)]
    public Task MapStream_BeforeTheFirstStep_ReadsNothing() => Watchdog.Run(() =>
    {
        bool touched = false;
        IEnumerable<int> results = _pool.MapStream(static n => n, Touch());
        Assert.False(touched);
        Assert.Equal([1], results);
        Assert.True(touched);

        IEnumerable<int> Touch()
        {
            touched = true;
            yield return 1;
        }
    });

    [Fact(Timeout = Limit)]
    public async Task MapStream_EnumeratedTwice_GivesAllResultsTwice()
    {
        Func<int, int> function = new ApplyTests.Scale(3).Of;
        IEnumerable<int> results = _pool.MapStream(function, [1, 2, 3]);
        IAsyncEnumerable<int> resultsAsync = _pool.MapStreamAsync(function, [1, 2, 3]);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal([3, 6, 9], await Watchdog.Run(() => results.ToList()));
            Assert.Equal([3, 6, 9], await resultsAsync.ToListAsync());
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MapStream_InputThatThrowsHalfway_ThrowsAfterTheEarlierResults(bool inCurrent)
    {
        List<int> results = [];
        FormatException fault = await Assert.ThrowsAsync<FormatException>(() => Watchdog.Run(() =>
        {
            foreach (int result in _pool.MapStream(static n => n, new BrokenItems(100, inCurrent)))
            {
                results.Add(result);
            }
        }));
        Assert.Equal("input", fault.Message);
        Assert.Equal(Enumerable.Range(0, 100), results);

        results.Clear();
        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (int result in _pool.MapStreamAsync(static n => n, Later(new BrokenItems(100, inCurrent))))
            {
                results.Add(result);
            }
        });
        Assert.Equal(Enumerable.Range(0, 100), results);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MapStream_FunctionThrows_EarlierResultsComeFirst(bool ordered)
    {
        List<int> results = [];
        ArithmeticException fault = await Assert.ThrowsAsync<ArithmeticException>(() => Watchdog.Run(() =>
        {
            foreach (int result in _pool.MapStream(static n => n == 10 ? throw new ArithmeticException("ten") : n, Enumerable.Range(0, 20), ordered, chunkSize: 1, maxInFlight: 1))
            {
                results.Add(result);
            }
        }));
        Assert.Equal("ten", fault.Message);
        Assert.Equal(Enumerable.Range(0, 10), results);
    }

    [Fact(Timeout = Limit)]
    public async Task MapStream_Unordered_FastResultsOvertakeASlowOne()
    {
        using Signals signals = new();
        List<int> results = [];
        await foreach (int result in _pool.MapStreamAsync(n => n == 0 ? signals.RunUntilReleased("slow", -1) : n, Enumerable.Range(0, 10), ordered: false, chunkSize: 1))
        {
            results.Add(result);
            if (results.Count == 9)
            {
                signals.Release("slow");
            }
        }

        Assert.Equal(-1, results[^1]);
        Assert.Equal(Enumerable.Range(1, 9), results[..^1].Order());
    }

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_InputThatWaits_DoesNotHoldBackResults()
    {
        TaskCompletionSource mayGoOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IAsyncEnumerator<int> results = _pool.MapStreamAsync(static n => n * 10, Slow(), chunkSize: 8).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await results.MoveNextAsync().AsTask().Watched());
        Assert.Equal(10, results.Current);
        Assert.True(await results.MoveNextAsync().AsTask().Watched());
        Assert.Equal(20, results.Current);
        mayGoOn.SetResult();
        Assert.True(await results.MoveNextAsync().AsTask().Watched());
        Assert.Equal(30, results.Current);
        Assert.False(await results.MoveNextAsync().AsTask().Watched());

        async IAsyncEnumerable<int> Slow()
        {
            yield return 1;
            yield return 2;
            await mayGoOn.Task;
            yield return 3;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_ReadyInputAndSlowWorkers_WaitsWithoutWork()
    {
        // In a process of its own: the CPU time of this one is that of all tests that run at the same time.
        await using ProcessPool alone = new(1);
        (double busy, int results) = await alone.ApplyAsync(WaitForSlowWorkersAsync).Watched();

        // A stream that looks again and again takes all of a CPU.
        Assert.True(busy < 0.5, $"{busy:P0} of a CPU were used to wait");
        Assert.Equal(5, results);
    }

    /// <summary>The share of a CPU that waiting takes, and how many results come in the end.</summary>
    private static async Task<(double Busy, int Results)> WaitForSlowWorkersAsync()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(2);
        TaskCompletionSource step = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int count = 0;
        IAsyncEnumerator<int> results = pool
            .MapStreamAsync(HoldFirstTwo(signals), Items(), chunkSize: 1, maxInFlight: 4)
            .GetAsyncEnumerator();
        Task<bool> first = results.MoveNextAsync().AsTask();
        await signals.IsRunningAsync("0");
        await signals.IsRunningAsync("1");
        step.SetResult();

        // The item is there, but more than half of what may be in flight is: nothing is to be done but wait.
        // The runtime compiles in the background, so the best of some times counts.
        double busy = double.MaxValue;
        for (int i = 0; i < 8 && busy > 0.1; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            await Task.Delay(250);
            busy = Math.Min(busy, (Environment.CpuUsage.TotalTime - before) / Stopwatch.GetElapsedTime(start));
        }

        signals.Release("0");
        signals.Release("1");
        for (bool more = await first.Watched(); more; more = await results.MoveNextAsync().AsTask().Watched())
        {
            count++;
        }

        await results.DisposeAsync();
        return (busy, count);

        // Apart, so that it does not capture what the input does.
        static Func<int, int> HoldFirstTwo(Signals signals) => n => n < 2 ? signals.RunUntilReleased($"{n}", n) : n;

        async IAsyncEnumerable<int> Items()
        {
            yield return 0;
            yield return 1;
            yield return 2;
            await step.Task;
            yield return 3;
            yield return 4;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_CancelledInTheMiddle_ThrowsAndLeavesThePoolUsable()
    {
        using CancellationTokenSource source = new();
        int taken = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int result in _pool.MapStreamAsync(static n => n, Endless()).WithCancellation(source.Token))
            {
                if (++taken == 10)
                {
                    await source.CancelAsync();
                }
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Run(
            () => _pool.MapStream(static n => n, Endless(), cancellationToken: source.Token).Count()));
        Assert.Equal(4, await _pool.ApplyAsync(static () => 4).Watched());

        static IEnumerable<int> Endless()
        {
            for (int i = 0; ; i++)
            {
                yield return i;
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task MapStreamAsync_TokenOfTheEnumeration_ReachesTheInput()
    {
        using CancellationTokenSource source = new();
        await using IAsyncEnumerator<int> results =
            _pool.MapStreamAsync(static n => n, Never()).GetAsyncEnumerator(source.Token);
        Task<bool> first = results.MoveNextAsync().AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(first.Watched);

        static async IAsyncEnumerable<int> Never([EnumeratorCancellation] CancellationToken token = default)
        {
            await Task.Delay(Timeout.Infinite, token);
            yield return 1;
        }
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

    /// <summary>So many items, then a fault in one member or the other.</summary>
    private sealed class BrokenItems(int count, bool inCurrent) : IEnumerable<int>, IEnumerator<int>
    {
        private int _index = -1;

        public int Current => _index < count ? _index : throw new FormatException("input");

        object IEnumerator.Current => Current;

        public bool MoveNext() => ++_index < count || inCurrent ? true : throw new FormatException("input");

        public IEnumerator<int> GetEnumerator() => new BrokenItems(count, inCurrent);

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Reset() => throw new NotSupportedException();

        public void Dispose() => GC.SuppressFinalize(this);
    }
}
