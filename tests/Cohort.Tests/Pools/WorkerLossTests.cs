using System.Runtime.Serialization;
using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>Workers that die, at each moment and in each manner.</summary>
public sealed class WorkerLossTests(SharedPool shared) : IClassFixture<SharedPool>, IAsyncLifetime
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Whatever died, the pool goes on with as many workers as before.</summary>
    public async ValueTask DisposeAsync()
    {
        Assert.Equal(Enumerable.Range(0, 200), await _pool.MapAsync(static n => n, Enumerable.Range(0, 200), chunkSize: 1).Watched());
        await Eventually.TrueAsync(() => _pool.WorkerProcessIds.Count == 2);
    }

    [Fact(Timeout = Limit)]
    public async Task Task_KilledBySignal_FailsWithAllThatIsKnown()
    {
        using Signals signals = new();
        Task<int> task = _pool.ApplyAsync(signals.Forever("a"));
        await signals.IsRunningAsync("a");
        int worker = _pool.WorkerProcessIds.Single(id => signals.IsSet($"{id}"));
        Deaths.Kill(worker);
        WorkerLostException fault = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(task));
        Assert.Equal(worker, fault.ProcessId);
        Assert.Equal(9, fault.Signal);
        Assert.Equal(-9, fault.ExitCode);
        Assert.Contains(nameof(Signals.Forever), fault.TaskDescription, StringComparison.Ordinal);
        Assert.Contains($"#{worker}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("SIGKILL", fault.Message, StringComparison.Ordinal);
        Assert.Contains(fault.WorkerName, fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int?, int?> Manners => new()
    {
        { nameof(Deaths.KillSelf), -9, 9 }, { nameof(Exit), 3, null }, { nameof(ExitWithZero), 0, null }, { nameof(FailFast), -6, 6 }, { nameof(Overflow), -6, 6 },
        { nameof(CrashElsewhere), -6, 6 },
    };

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public async Task Task_EndsItsProcess_FailsAloneWithExitCodeAndSignal(string manner, int? exitCode, int? signal)
    {
        Func<int> function = manner switch
        {
            nameof(Deaths.KillSelf) => Deaths.KillSelf,
            nameof(Exit) => Exit,
            nameof(ExitWithZero) => ExitWithZero,
            nameof(FailFast) => FailFast,
            nameof(Overflow) => Overflow,
            _ => CrashElsewhere,
        };
        Task<int>[] before = [.. Enumerable.Range(0, 50).Select(n => _pool.ApplyAsync(static n => n, n))];
        Task<int> doomed = _pool.ApplyAsync(function);
        Task<int>[] after = [.. Enumerable.Range(0, 50).Select(n => _pool.ApplyAsync(static n => n, n))];
        WorkerLostException fault = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        Assert.Equal(exitCode, fault.ExitCode);
        Assert.Equal(signal, fault.Signal);
        Assert.Contains(manner, fault.TaskDescription, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 50), await Task.WhenAll(before).Watched());
        Assert.Equal(Enumerable.Range(0, 50), await Task.WhenAll(after).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Map_OneItemEndsItsProcess_FailsAndNamesTheItem()
    {
        Exception fault = await Watchdog.FaultOf(_pool.MapAsync(static n => n == 7 ? Deaths.KillSelf() : n, Enumerable.Range(0, 20), chunkSize: 1));
        Assert.Contains("item 7", Assert.IsType<WorkerLostException>(fault).TaskDescription, StringComparison.Ordinal);
        fault = await Watchdog.FaultOf(_pool.MapAsync(static n => n == 7 ? Deaths.KillSelf() : n, Enumerable.Range(0, 20), chunkSize: 5));
        Assert.Contains("items 5 to 9", Assert.IsType<WorkerLostException>(fault).TaskDescription, StringComparison.Ordinal);
        fault = await Watchdog.FaultOf(_pool.MapStreamAsync(static n => n == 7 ? Deaths.KillSelf() : n, Enumerable.Range(0, 20)).ToListAsync());
        Assert.IsType<WorkerLostException>(fault);
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_KilledWhileIdle_AreReplacedAndCostNoTask()
    {
        for (int round = 0; round < 5; round++)
        {
            await _pool.MapAsync(static n => n, Enumerable.Range(0, 20), chunkSize: 1).Watched();
            int victim = _pool.WorkerProcessIds[round % 2];
            Deaths.Kill(victim);
            Assert.Equal(5, await _pool.ApplyAsync(static n => n, 5).Watched());
            await Eventually.TrueAsync(() => _pool.WorkerProcessIds.Count == 2 && !_pool.WorkerProcessIds.Contains(victim));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_AllKilledAtOnce_OnlyRunningTasksAreLost()
    {
        using Signals signals = new();
        Task<int>[] running = [_pool.ApplyAsync(signals.Forever("a")), _pool.ApplyAsync(signals.Forever("b"))];
        Task<int>[] queued = [.. Enumerable.Range(0, 100).Select(n => _pool.ApplyAsync(static n => n, n))];
        Task<int[]> map = _pool.MapAsync(static n => n, Enumerable.Range(0, 1000));
        await signals.IsRunningAsync("a");
        await signals.IsRunningAsync("b");
        int[] victims = [.. _pool.WorkerProcessIds];
        Array.ForEach(victims, Deaths.Kill);
        foreach (Task<int> task in running)
        {
            Assert.Contains(Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(task)).ProcessId, victims);
        }

        Assert.Equal(Enumerable.Range(0, 100), await Task.WhenAll(queued).Watched());
        Assert.Equal(Enumerable.Range(0, 1000), await map.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesWhileItReadsArguments_TakesThatTaskOnly()
    {
        Task<int> doomed = _pool.ApplyAsync(static bomb => bomb.GetHashCode(), new Bomb { ExplodesWhenRead = true });
        Task<int>[] queued = [.. Enumerable.Range(0, 20).Select(n => _pool.ApplyAsync(static n => n, n))];
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(queued).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesWhileItMakesTheFunctionOfAMap_TakesThatMapOnly()
    {
        Task<int[]> doomed = _pool.MapAsync(With(new Bomb { ExplodesWhenRead = true }), [1]);
        Task<int>[] queued = [.. Enumerable.Range(0, 20).Select(n => _pool.ApplyAsync(static n => n, n))];
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(queued).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_HangsWhileItMakesTheFunctionOfAMap_RunsIntoTheTimeout()
    {
        IPool hurried = _pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(200) });
        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(hurried.MapAsync(With(new Bomb { HangsWhenRead = true }), [1])));
        Assert.Equal(7, await _pool.ApplyAsync(static () => 7).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesWhileItWritesTheResult_TakesThatTaskOnly()
    {
        Task<Bomb> doomed = _pool.ApplyAsync(static () => new Bomb { ExplodesWhenWritten = true });
        Task<int>[] queued = [.. Enumerable.Range(0, 20).Select(n => _pool.ApplyAsync(static n => n, n))];
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(queued).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesInTheMiddleOfALargeReply_NothingTornArrives()
    {
        int lost = 0;
        for (int round = 0; round < 6; round++)
        {
            Task<Tail> doomed = _pool.ApplyAsync(static delay => new Tail(100 << 20, delay), round * 2);
            Task<int> other = _pool.ApplyAsync(static n => n, round);
            await doomed.Watched().ContinueWith(static _ => { }, TaskScheduler.Default);
            if (doomed.IsCompletedSuccessfully)
            {
                Assert.Equal(100 << 20, doomed.Result.Data.Length);
                Assert.Equal(1, doomed.Result.Data[^1]);
            }
            else
            {
                Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
                lost++;
            }

            Assert.Equal(round, await other.Watched());
        }

        Assert.True(lost > 0, "no worker died in time");
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesInTheMiddleOfALargeArgument_TakesThatTaskOnly()
    {
        // The bomb is read before the array that follows it.
        Task<int> doomed = _pool.ApplyAsync(static (bomb, data) => data.Length, new Bomb { ExplodesWhenRead = true }, new byte[100 << 20]);
        Task<int>[] queued = [.. Enumerable.Range(0, 20).Select(n => _pool.ApplyAsync(static n => n, n))];
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(queued).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Retries_TaskWhoseWorkerDiesOnce_RunsAgain()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, TaskOptions = new() { Retries = 2 } });
        Assert.Equal(3, await pool.ApplyAsync(DieTwice(signals)).Watched());
        PoisonTaskException fault = Assert.IsType<PoisonTaskException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf)));
        Assert.Equal([9, 9, 9], fault.Deaths.Select(static death => death.Signal));
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        static Func<int> DieTwice(Signals signals) => () =>
        {
            for (int attempt = 1; attempt <= 2; attempt++)
            {
                if (!signals.IsSet($"{attempt}"))
                {
                    signals.Set($"{attempt}");
                    return Deaths.KillSelf();
                }
            }

            return 3;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_StoppedThenKilled_LosesNothingQueued()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(1);
        Assert.Equal(0, await pool.ApplyAsync(static () => 0).Watched());
        int worker = pool.WorkerProcessIds.Single();
        Cohort.Interop.Libc.Kill(worker, Cohort.Platform.Signal.SIGSTOP);
        Task<int>[] queued = [.. Enumerable.Range(0, 100).Select(n => pool.ApplyAsync(static n => n, n))];
        Deaths.Kill(worker);
        Assert.Equal(Enumerable.Range(0, 100), await Task.WhenAll(queued).Watched());
    }

    private static int Exit()
    {
        Environment.Exit(3);
        return 0;
    }

    private static int ExitWithZero()
    {
        Environment.Exit(0);
        return 0;
    }

    private static int FailFast()
    {
        Environment.FailFast("on purpose");
        return 0;
    }

    private static int Overflow() => Deaths.Overflow(1);

    private static int CrashElsewhere()
    {
        Thread thread = new(static () => throw new InvalidOperationException("on purpose, on a thread of its own"));
        thread.Start();
        thread.Join();
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static Func<int, int> With(Bomb bomb) => n => n + bomb.GetHashCode();

    internal sealed class Bomb
    {
        public bool HangsWhenRead { get; init; }

        public bool ExplodesWhenRead { get; init; }

        public bool ExplodesWhenWritten { get; init; }

        [OnDeserialized]
        internal void OnDeserialized(StreamingContext context)
        {
            if (ExplodesWhenRead && WorkerProcess.IsWorker)
            {
                Deaths.KillSelf();
            }

            if (HangsWhenRead && WorkerProcess.IsWorker)
            {
                Thread.Sleep(Timeout.Infinite);
            }
        }

        [OnSerializing]
        internal void OnSerializing(StreamingContext context)
        {
            if (ExplodesWhenWritten && WorkerProcess.IsWorker)
            {
                Deaths.KillSelf();
            }
        }
    }

    /// <summary>A large result whose worker dies a moment after it has begun to send it.</summary>
    internal sealed class Tail
    {
        private readonly int _delay;

        public Tail(int length, int delay)
        {
            _delay = delay;
            Data = new byte[length];
            Data[^1] = 1;
        }

        public byte[] Data { get; }

        [OnSerialized]
        internal void OnSerialized(StreamingContext context)
        {
            if (WorkerProcess.IsWorker)
            {
                new Thread(() =>
                {
                    Thread.Sleep(_delay);
                    Deaths.Kill(Environment.ProcessId);
                }).Start();
            }
        }
    }
}
