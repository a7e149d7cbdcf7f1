using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>What every pool does with what goes wrong: it says where, and goes on.</summary>
public abstract partial class PoolConformanceTests
{
    [Fact(Timeout = Limit)]
    public async Task Function_Throws_ItsOwnExceptionComesWithItsStack()
    {
        Func<Task>[] calls =
        [
            () => Watchdog.Run(() => Pool.Apply(Fail, 3)),
            () => Pool.ApplyAsync(Fail, 3).Watched(),
            () => Pool.ApplyAsync(FailLaterAsync, 3).Watched(),
            () => Watchdog.Run(() => Pool.Map(Fail, [3])),
            () => Pool.MapAsync(Fail, Enumerable.Repeat(3, 50)).Watched(),
            () => Pool.StarMapAsync(static (a, b) => Fail(a + b), [(1, 2)]).Watched(),
            () => Watchdog.Run(() => Pool.MapStream(Fail, [3]).ToList()),
            () => Pool.MapStreamAsync(Fail, [3], ordered: false).ToListAsync(),
        ];
        foreach (Func<Task> call in calls)
        {
            InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(call);
            Assert.Equal("no 3", fault.Message);
            Assert.Contains("Fail", fault.StackTrace, StringComparison.Ordinal);
        }

        await StillWorksAsync();

        static async Task<int> FailLaterAsync(int n)
        {
            await Task.Yield();
            return Fail(n);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Function_ThrowsOperationCanceled_TheTaskHasAnOutcome()
    {
        Assert.IsAssignableFrom<OperationCanceledException>(
            await Watchdog.FaultOf(Pool.ApplyAsync(static () => throw new OperationCanceledException("by itself"))));
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Map_OneItemThrows_TheOthersAreRunAllTheSame()
    {
        using Signals signals = new();
        Task<int[]> map = Pool.MapAsync(FailAtThree(signals), Enumerable.Range(0, 10), chunkSize: 1);
        Assert.Equal("no 3", (await Watchdog.FaultOf(map)).Message);
        Assert.Equal(9, signals.Count("ran"));

        static Func<int, int> FailAtThree(Signals signals) => n =>
        {
            if (n == 3)
            {
                return Fail(n);
            }

            signals.Set($"ran {n}");
            return n;
        };
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MapStream_FunctionThrows_EarlierResultsComeFirst(bool ordered)
    {
        List<int> results = [];
        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(() => Watchdog.Run(() =>
        {
            foreach (int result in Pool.MapStream(static n => n == 10 ? Fail(n) : n, Enumerable.Range(0, 20), ordered, 1, 1))
            {
                results.Add(result);
            }
        }));
        Assert.Equal("no 10", fault.Message);
        Assert.Equal(Enumerable.Range(0, 10), results);
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Input_ThrowsHalfWay_MapThrowsItAtTheCallAndStreamsAfterTheEarlierResults()
    {
        Assert.Equal("input", Watchdog.ThrownAtCall<FormatException>(() => Pool.Map(static n => n, Broken())).Message);
        Assert.Equal("input", Watchdog.ThrownAtCall<FormatException>(() => { Pool.MapAsync(static n => n, Broken()); }).Message);
        foreach (bool ordered in (bool[])[true, false])
        {
            List<int> results = [];
            await Assert.ThrowsAsync<FormatException>(() => Watchdog.Run(() =>
            {
                foreach (int result in Pool.MapStream(static n => n, Broken(), ordered))
                {
                    results.Add(result);
                }
            }));
            Assert.Equal(Enumerable.Range(0, 30), results.Order());

            results.Clear();
            FormatException fault = await Assert.ThrowsAsync<FormatException>(async () =>
            {
                await foreach (int result in Pool.MapStreamAsync(static n => n, Later(Broken()), ordered))
                {
                    results.Add(result);
                }
            });
            Assert.Contains(nameof(Broken), fault.StackTrace, StringComparison.Ordinal);
            Assert.Equal(Enumerable.Range(0, 30), results.Order());
        }

        await StillWorksAsync();

        static IEnumerable<int> Broken()
        {
            for (int i = 0; i < 30; i++)
            {
                yield return i;
            }

            throw new FormatException("input");
        }
    }

    [Fact(Timeout = Limit)]
    public async Task ArgumentOrResult_ThatCannotBeEncoded_IsRefusedByItsPathOrShared()
    {
        using FileStream stream = File.OpenRead("/dev/null");
        Task<string>[] given =
        [
            Pool.ApplyAsync(static pair => pair.Item2.Name, (1, stream)),
            Pool.ApplyAsync(static pair => pair.Item2.Name, (2, stream)),
        ];
        Task<string[]> mapped = Pool.MapAsync(static pair => pair.Item2.Name, [(1, stream), (2, stream)], chunkSize: 1);
        Task<(string, FileStream)> returned = Pool.ApplyAsync(static () => ("fine", File.OpenRead("/dev/null")));
        if (Kind.Copies)
        {
            foreach (Task task in (Task[])[.. given, mapped, returned])
            {
                PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(task));
                Assert.Contains("Item2", fault.Path, StringComparison.Ordinal);
                Assert.Contains("FileStream", fault.Message, StringComparison.Ordinal);
            }
        }
        else
        {
            Assert.All(await Task.WhenAll(given).Watched(), static name => Assert.Equal("/dev/null", name));
            Assert.Equal(2, (await mapped.Watched()).Length);
            await (await returned.Watched()).Item2.DisposeAsync();
        }

        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Exception_ThatCannotBeEncoded_ComesAsRemoteTaskExceptionOrAsItself()
    {
        Exception fault = await Watchdog.FaultOf(Pool.ApplyAsync(static () => throw new PoolFaultTests.UnpicklableException()));
        if (Kind.Copies)
        {
            Assert.Equal("holds a stream", Assert.IsType<RemoteTaskException>(fault).RemoteMessage);
        }
        else
        {
            await Assert.IsType<PoolFaultTests.UnpicklableException>(fault).Content.DisposeAsync();
        }

        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Arguments_OutOfRangeOrNull_AreRefusedAtTheCall()
    {
        foreach (int tooSmall in (int[])[0, -1])
        {
            Action[] calls =
            [
                () => Pool.Map(static n => n, [1], tooSmall),
                () => { Pool.MapAsync(static n => n, [1], tooSmall); },
                () => Pool.StarMap(static (a, b) => a + b, [(1, 2)], tooSmall),
                () => _ = Pool.MapStream(static n => n, [1], chunkSize: tooSmall),
                () => _ = Pool.MapStreamAsync(static n => n, [1], maxInFlight: tooSmall),
            ];
            Assert.All(calls, static call => Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(call));
        }

        Action[] nulls =
        [
            () => Pool.Apply((Func<int>)null!),
            () => { Pool.ApplyAsync((Action)null!); },
            () => Pool.Map((Func<int, int>)null!, [1]),
            () => Pool.Map(static n => n, (int[])null!),
            () => _ = Pool.MapStream(static n => n, (int[])null!),
            () => _ = Pool.MapStreamAsync((Func<int, int>)null!, [1]),
            () => Pool.With(null!),
        ];
        Assert.All(nulls, static call => Watchdog.ThrownAtCall<ArgumentNullException>(call));
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Token_CancelledBefore_NothingRuns()
    {
        using Signals signals = new();
        CancellationToken token = new(canceled: true);
        Func<int, int> function = signals.Setting("ran");
        Assert.True(Pool.ApplyAsync(function, 1, token).IsCanceled);
        Assert.True(Pool.MapAsync(function, [1], null, token).IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Run(() => Pool.Apply(function, 1, token)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Run(() => Pool.Map(function, [1], null, token)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Pool.MapStreamAsync(function, [1], cancellationToken: token).ToListAsync());
        await StillWorksAsync();
        Assert.False(signals.IsSet("ran"));
    }

    [Fact(Timeout = Limit)]
    public async Task Token_CancelledInTheMiddleOfAStream_EndsIt()
    {
        using CancellationTokenSource source = new();
        int taken = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int result in Pool.MapStreamAsync(static n => n, Enumerable.Range(0, int.MaxValue), chunkSize: 1).WithCancellation(source.Token))
            {
                if (++taken == 10)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(10, taken);
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_Throws_EveryTaskSaysSo()
    {
        await using IPool pool = Kind.Create(2, static () => throw new UnauthorizedAccessException("no licence"), "Fragile");
        foreach (Task task in (Task[])[pool.ApplyAsync(static () => 1), pool.MapAsync(static n => n, Enumerable.Range(0, 100)), pool.ApplyAsync(static () => 2)])
        {
            PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(task));
            Assert.Contains("initializer of pool Fragile", fault.Message, StringComparison.Ordinal);
            Assert.Contains("no licence", fault.Message, StringComparison.Ordinal);
            Assert.IsType<UnauthorizedAccessException>(fault.InnerException);
        }

        await Assert.ThrowsAsync<PoolBrokenException>(() => Watchdog.Run(() => pool.Map(static n => n, [1, 2])));
        await Assert.ThrowsAsync<PoolBrokenException>(() => pool.MapStreamAsync(static n => n, [1, 2]).ToListAsync());
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
    }

    protected async Task StillWorksAsync() => Assert.Equal((int[])[1, 2, 3], await Pool.MapAsync(static n => n + 1, [0, 1, 2], 1).Watched());
}
