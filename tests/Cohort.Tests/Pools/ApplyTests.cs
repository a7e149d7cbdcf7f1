using Cohort.Serializing;

namespace Cohort.Tests.Pools;

public sealed class ApplyTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private static int s_counter;
    private readonly ProcessPool _pool = shared.Pool;

    [Fact(Timeout = Limit)]
    public Task Apply_NoneToThreeArguments_RunsInAnotherProcess() => Watchdog.Run(() =>
    {
        Assert.Contains(_pool.Apply(static () => Environment.ProcessId), _pool.WorkerProcessIds);
        Assert.Equal(6, _pool.Apply(static n => n + 1, 5));
        Assert.Equal("x3", _pool.Apply(static (s, n) => s + n, "x", 3));
        Assert.Equal(6.5, _pool.Apply(static (a, b, c) => a + b + c, 1, 2L, 3.5));
    });

    [Fact(Timeout = Limit)]
    public Task Apply_Actions_ChangeTheWorkerAndNotThisProcess() => Watchdog.Run(() =>
    {
        using ProcessPool single = new(1);
        single.Apply(static () => s_counter += 2);
        single.Apply(static n => s_counter += n, 5);
        Assert.Equal(7, single.Apply(static () => s_counter));
        Assert.Equal(0, s_counter);
    });

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_NoneToThreeArguments_GivesTheResult()
    {
        Assert.Equal(1, await _pool.ApplyAsync(static () => 1).Watched());
        Assert.Equal(2, await _pool.ApplyAsync(static n => n * 2, 1).Watched());
        Assert.Equal(3, await _pool.ApplyAsync(static (a, b) => a + b, 1, 2).Watched());
        Assert.Equal(6, await _pool.ApplyAsync(static (a, b, c) => a + b + c, 1, 2, 3).Watched());
        await _pool.ApplyAsync(static () => GC.KeepAlive(null)).Watched();
        await _pool.ApplyAsync(static n => GC.KeepAlive(n), 1).Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_AsyncFunctions_RunToTheirEnd()
    {
        Assert.Equal(7, await _pool.ApplyAsync(static async () => { await Task.Delay(5); return 7; }).Watched());
        Assert.Equal(8, await _pool.ApplyAsync(static async n => { await Task.Yield(); return n + 1; }, 7).Watched());

        using Signals signals = new();
        await _pool.ApplyAsync(async () => { await Task.Delay(5); signals.Set("a"); }).Watched();
        Assert.True(signals.IsSet("a"));
        await _pool.ApplyAsync(async name => { await Task.Delay(5); signals.Set(name); }, "b").Watched();
        Assert.True(signals.IsSet("b"));

        Exception fault = await Watchdog.FaultOf(_pool.ApplyAsync(static async () => { await Task.Yield(); return Fail(); }));
        Assert.Equal("late", Assert.IsType<InvalidOperationException>(fault).Message);

        static int Fail() => throw new InvalidOperationException("late");
    }

    [Fact(Timeout = Limit)]
    public Task Apply_InstanceMethodAndClosure_TakeTheirStateAlong() => Watchdog.Run(() =>
    {
        Scale scale = new(3);
        int offset = 4;
        Assert.Equal(15, _pool.Apply(scale.Of, 5));
        Assert.Equal(19, _pool.Apply(n => scale.Of(n) + offset, 5));
    });

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_CapturedVariableChangedAfterTheCall_DoesNotMatter()
    {
        using ProcessPool single = new(1);
        using Signals signals = new();
        Task<int> first = single.ApplyAsync(() => signals.RunUntilReleased("first"));
        int captured = 1;
        Func<int, int> function = n => n + captured;
        Task<int> queued = single.ApplyAsync(function, 0);
        Task<int[]> mapped = single.MapAsync(function, [0, 0, 0], chunkSize: 1);
        IAsyncEnumerable<int> stream = single.MapStreamAsync(function, new List<int> { 0 });
        captured = 100;
        signals.Release("first");
        Assert.Equal(0, await first.Watched());
        Assert.Equal(1, await queued.Watched());
        Assert.Equal((int[])[1], await stream.ToListAsync());
        Assert.Equal(100, await single.ApplyAsync(function, 0).Watched());
    }

    [Fact(Timeout = Limit)]
    public Task Apply_ThousandDistinctClosures_EachSeesItsOwnState() => Watchdog.Run(() =>
    {
        for (int i = 0; i < 1000; i++)
        {
            int mine = i;
            Assert.Equal(mine + 1, _pool.Apply(n => n + mine, 1));
        }
    });

    [Fact(Timeout = Limit)]
    public Task Apply_LambdaInALoopOverOuterVariables_Runs() => Watchdog.Run(() =>
    {
        int total = 100;
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(total + i, _pool.Apply(n => n + total, i));
        }
    });

    [Fact(Timeout = Limit)]
    public Task Apply_ThousandsOfDelegatesToOneMethod_AllRun() => Watchdog.Run(() =>
    {
        for (int i = 0; i < 3000; i++)
        {
            Assert.Equal(i * 2, _pool.Apply(new Func<int, int>(Twice), i));
        }
    });

    [Fact(Timeout = Limit)]
    public Task Apply_NullArgumentsAndResults_Travel() => Watchdog.Run(() =>
    {
        Assert.Null(_pool.Apply<string?, string?>(static text => text, null));
        Assert.Null(_pool.Apply(static () => (object?)null));
        Assert.Equal(5, _pool.Apply<int?, int?>(static n => n ?? 5, null));
    });

    [Fact]
    public void Apply_NullFunction_ThrowsArgumentNullException()
    {
        Watchdog.ThrownAtCall<ArgumentNullException>(() => _pool.Apply((Func<int>)null!));
        Watchdog.ThrownAtCall<ArgumentNullException>(() => { _pool.ApplyAsync((Action)null!); });
        Watchdog.ThrownAtCall<ArgumentNullException>(() => _pool.Map((Func<int, int>)null!, [1]));
        Watchdog.ThrownAtCall<ArgumentNullException>(() => _pool.Map(static n => n, (int[])null!));
        Watchdog.ThrownAtCall<ArgumentNullException>(() => _ = _pool.MapStream((Func<int, int>)null!, [1]));
        Watchdog.ThrownAtCall<ArgumentNullException>(() => _ = _pool.MapStreamAsync(static n => n, (IEnumerable<int>)null!));
        Watchdog.ThrownAtCall<ArgumentNullException>(() => _ = _pool.MapStreamAsync(static n => n, (IAsyncEnumerable<int>)null!));
    }

    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_PicklerThatSubmitsToTheSamePool_IsServed()
    {
        Reentrant.Pool = _pool;
        try
        {
            Assert.Equal(1, await _pool.ApplyAsync(static r => r.Value, new Reentrant(1)).Watched());
            Assert.Equal(2, await Reentrant.Submitted!.Watched());

            Reentrant.Waits = true;
            Exception fault = await Watchdog.FaultOf(_pool.ApplyAsync(static r => r.Value, new Reentrant(1)));
            Assert.Contains("cannot wait for that pool", Assert.IsType<PickleException>(fault).Message, StringComparison.Ordinal);
            Assert.Equal(3, await _pool.ApplyAsync(static n => n, 3).Watched());
        }
        finally
        {
            Reentrant.Pool = null;
            Reentrant.Waits = false;
        }
    }

    private static int Twice(int n) => n * 2;

    internal sealed class Scale(int factor)
    {
        public int Of(int n) => n * factor;
    }

    /// <summary>Uses the pool in the middle of one of its passes.</summary>
    internal sealed class Reentrant(int value)
    {
        public static ProcessPool? Pool { get; set; }

        public static bool Waits { get; set; }

        public static Task<int>? Submitted { get; private set; }

        public int Value => value;

        [System.Runtime.Serialization.OnSerializing]
        internal void OnSerializing(System.Runtime.Serialization.StreamingContext context)
        {
            if (Waits)
            {
                Pool!.Apply(static n => n, 1);
            }

            Submitted = Pool?.ApplyAsync(static n => n, 2);
        }
    }
}
