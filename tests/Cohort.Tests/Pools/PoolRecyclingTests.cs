using System.Runtime.InteropServices;
using Cohort.Pools;
using Cohort.Sharing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Pools;

/// <summary>Workers that are replaced after so many tasks, so much time or with so much memory.</summary>
public sealed class PoolRecyclingTests
{
    private const int Limit = 120_000;
    private const int Mebi = 1 << 20;
    private static readonly List<byte[]> s_kept = [];

    public static TheoryData<ProcessPoolOptions> BadOptions =>
    [
        new ProcessPoolOptions { MaxTasksPerWorker = 0 },
        new ProcessPoolOptions { MaxTasksPerWorker = -1 },
        new ProcessPoolOptions { MaxWorkerAge = TimeSpan.Zero },
        new ProcessPoolOptions { MaxWorkerAge = TimeSpan.FromTicks(-1) },
        new ProcessPoolOptions { MaxWorkerMemory = 0 },
        new ProcessPoolOptions { MaxWorkerMemory = -1 },
        new ProcessPoolOptions { MaxWorkerMemoryGrowth = 0 },
        new ProcessPoolOptions { MaxWorkerMemoryGrowth = -1 },
        new ProcessPoolOptions { IdleTimeout = TimeSpan.Zero },
        new ProcessPoolOptions { IdleTimeout = TimeSpan.FromTicks(-1) },
        new ProcessPoolOptions { MinWorkers = -1 },
        new ProcessPoolOptions { Workers = 2, MinWorkers = 3 },
        new ProcessPoolOptions { RestartLimit = new RestartLimit(-1, TimeSpan.FromSeconds(1)) },
        new ProcessPoolOptions { RestartLimit = new RestartLimit(1, TimeSpan.Zero) },
    ];

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_OutOfRange_AreRefused(ProcessPoolOptions options) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(options));

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_ManyTasks_NoWorkerRunsMoreAndOrderIsKept()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, MaxTasksPerWorker = 5 });
        (int Item, int Worker)[] results =
            await pool.MapAsync(static n => (n, Environment.ProcessId), Enumerable.Range(0, 30), chunkSize: 1).Watched();
        Assert.Equal(Enumerable.Range(0, 30), results.Select(static result => result.Item));
        Assert.All(results.CountBy(static result => result.Worker), static count => Assert.InRange(count.Value, 1, 5));
    }

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_AChunk_CountsAsOneTask()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxTasksPerWorker = 2 });
        int[] workers = await pool.MapAsync(static _ => Environment.ProcessId, Enumerable.Range(0, 12), chunkSize: 3).Watched();
        Assert.Equal([6, 6], workers.CountBy(static id => id).Select(static count => count.Value));
    }

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_LastTaskRuns_ReplacementIsReadyAndWaitsForIt()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxTasksPerWorker = 1, Initializer = NoteWorker(signals) });
        Task<int> last = pool.ApplyAsync(signals.Released("a", 7));
        await signals.IsRunningAsync("a");
        await Eventually.TrueAsync(() => signals.Count("worker") == 2);
        int[] both = [.. pool.WorkerProcessIds];
        Assert.Equal(2, both.Length);

        // One worker means one task at a time, also with a spare.
        Task<(bool, int)> next = pool.ApplyAsync(SeesRelease(signals, "a"));
        Task<int> third = pool.ApplyAsync(static () => Environment.ProcessId);
        signals.Release("a");
        Assert.Equal(7, await last.Watched());
        (bool wasReleased, int worker) = await next.Watched();
        Assert.True(wasReleased);
        Assert.Contains(worker, both);
        Assert.DoesNotContain(await third.Watched(), both);
        await Eventually.TrueAsync(() => !both.Any(id => Directory.Exists($"/proc/{id}")));
    }

    /// <summary>The second task of a map waits until a third worker has decoded its function, for which there is no place yet.</summary>
    [Fact(Timeout = Limit)]
    public async Task MaxTasks_LastTaskRuns_ReplacementIsToldOfItsFunction()
    {
        using RawSharedValue<int> decoded = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxTasksPerWorker = 1 });
        int[] seen = await pool.MapAsync(SeesOtherDecode(new Noted(decoded)), Enumerable.Range(0, 3), chunkSize: 1).Watched();
        Assert.Equal([0, 1, 2], seen);

        static Func<int, int> SeesOtherDecode(Noted noted) => n =>
        {
            SpinWait.SpinUntil(() => n != 1 || Volatile.Read(ref noted.Count.Ref) >= 3);
            return n;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_FunctionsOfAllKinds_RunInReplacements()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxTasksPerWorker = 1 });
        int[] items = [1, 2, 3];
        await Watchdog.Run(() =>
        {
            Assert.Equal(items, pool.Map(Generic<int>.Same, items, chunkSize: 1));
            Assert.Equal(["1", "2", "3"], pool.Map(Generic<int>.Text<string>, items, chunkSize: 1));
            Assert.Equal([11, 12, 13], pool.Map(AddTo(10), items, chunkSize: 1));
            Assert.Equal([(1, 1m), (2, 2m), (3, 3m)], pool.Map(static n => (n, (decimal)n), items, chunkSize: 1));
            Assert.Equal([2, 4, 6], pool.Map(new Doubler().Twice, items, chunkSize: 1));
        });
        int[] negated = await pool.MapAsync(NegateAsync, items, chunkSize: 1).Watched();
        Assert.Equal([-1, -2, -3], negated);

        static Func<int, int> AddTo(int captured) => n => n + captured;

        static async Task<int> NegateAsync(int n)
        {
            await Task.Yield();
            return -n;
        }
    }

    [Fact]
    public void Prepare_CompilesWhatACallNeeds_AndCallsNothing()
    {
        PoolFunc<long, (ulong, Int128)> prepared = new(NeverCalledBefore<Int128>);
        prepared.Prepare();
        Assert.Equal(0, s_calls);

        // What is left is the runtime's own stub of the delegate.
        Assert.InRange(CompiledBy(prepared), 0, 1);
        Assert.InRange(CompiledBy(new PoolFunc<long, (ulong, UInt128)>(NeverCalledBefore<UInt128>)), 2, 100);
        Assert.Equal(2, s_calls);

        static long CompiledBy<T>(PoolFunc<long, (ulong, T)> function)
            where T : struct
        {
            long before = System.Runtime.JitInfo.GetCompiledMethodCount(currentThread: true);
            (ulong number, T _) = function.Invoke(7);
            long compiled = System.Runtime.JitInfo.GetCompiledMethodCount(currentThread: true) - before;
            Assert.Equal(7ul, number);
            return compiled;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_ClosedWithWork_AllIsDoneAndAllWorkersEnd()
    {
        ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, MaxTasksPerWorker = 2 });
        Task<int>[] tasks = [.. Enumerable.Range(0, 11).Select(n => pool.ApplyAsync(static n => n, n))];
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 5), chunkSize: 1);
        pool.Close();
        await pool.JoinAsync().Watched();
        Assert.Equal(Enumerable.Range(0, 11), await Task.WhenAll(tasks).Watched());
        Assert.Equal(Enumerable.Range(0, 5), await map.Watched());
        Assert.Empty(pool.WorkerProcessIds);
        await pool.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_WorkersAreKilledMeanwhile_NothingIsLost()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 2, MaxTasksPerWorker = 4, TaskOptions = new TaskOptions { Retries = 100, QuarantineAfter = 100 },
        });
        Task<int[]> map = pool.MapAsync(static n => n * n, Enumerable.Range(0, 40), chunkSize: 1);
        for (int kills = 0; kills < 6; kills++)
        {
            int[] workers = [.. pool.WorkerProcessIds];
            int victim = workers.Length == 0 ? 0 : workers[kills % workers.Length];
            if (victim != 0)
            {
                Deaths.Kill(victim);
                await Eventually.TrueAsync(() => !pool.WorkerProcessIds.Contains(victim));
            }
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(static n => n * n), await map.Watched());
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MaxTasks_TimeoutsAndFailuresMeanwhile_EachTaskHasItsOutcome()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, MaxTasksPerWorker = 3, CancellationGrace = TimeSpan.Zero, TerminationGrace = TimeSpan.Zero,
        });
        Task<int> good = pool.ApplyAsync(static () => 1);
        Task<int> bad = pool.ApplyAsync(Deaths.Throw);
        Task<int> late = pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(50) }).ApplyAsync(signals.Forever("a"));
        Task<int>[] more = [.. Enumerable.Range(0, 5).Select(n => pool.ApplyAsync(static n => n, n))];
        Assert.Equal(1, await good.Watched());
        Assert.IsType<FormatException>(await Watchdog.FaultOf(bad));
        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(late));
        Assert.Equal(Enumerable.Range(0, 5), await Task.WhenAll(more).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MaxAge_AnIdleWorkerAndOneAtWork_AreReplaced()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, MaxWorkerAge = TimeSpan.FromMilliseconds(30), Initializer = NoteWorker(signals),
        });
        await Eventually.TrueAsync(() => signals.Count("worker") >= 2);

        Task<int> task = pool.ApplyAsync(signals.Released("a", 7));
        await signals.IsRunningAsync("a");

        // It is too old by now or will be: the other waits for its place until it has finished.
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 2);
        signals.Release("a");
        Assert.Equal(7, await task.Watched());
        Assert.Equal(Enumerable.Range(0, 100), await pool.MapAsync(static n => n, Enumerable.Range(0, 100), chunkSize: 1).Watched());
    }

    /// <summary>A task locks a file of its index, which no two that run at once can have.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(2, null)]
    [InlineData(null, 50)]
    public async Task Indices_OfWorkersThatAreReplaced_AreTheirsAloneWhileTheyRunTasks(int? maxTasks, int? maxAge)
    {
        using TemporaryFolder folder = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 3, MaxTasksPerWorker = maxTasks, MaxWorkerAge = maxAge is { } age ? TimeSpan.FromMilliseconds(age) : null,
        });
        HashSet<int> workers = [];

        // Until some were replaced: on a busy machine the work may be done before a replacement is up.
        while (workers.Count <= 3)
        {
            (int Index, int Worker)[] tasks = await pool.MapAsync(LockOwn(folder.Root), Enumerable.Range(0, 60), chunkSize: 1).Watched();
            Assert.All(tasks, static task => Assert.InRange(task.Index, 0, 2));
            workers.UnionWith(tasks.Select(static task => task.Worker));
        }

        static Func<int, (int, int)> LockOwn(string folder) => _ =>
        {
            int index = WorkerState.WorkerIndex!.Value;
            using FileStream own = new(Path.Combine(folder, $"{index}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Thread.Sleep(10);
            return (index, Environment.ProcessId);
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Index_OfAWorkerThatReplacesOneThatIsBeingStopped_IsTheSame()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, CancellationGrace = TimeSpan.Zero, TerminationGrace = Watchdog.Limit,
        });
        Task<int> stubborn = pool.ApplyAsync(Stay(signals), source.Token);
        await signals.IsRunningAsync("stubborn");
        int worker = pool.WorkerProcessIds.Single();
        await source.CancelAsync();
        Assert.True(stubborn.IsCanceled);
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 2);
        Deaths.Kill(worker);
        Assert.Equal(0, await pool.ApplyAsync(static () => WorkerState.WorkerIndex!.Value).Watched());

        static Func<int> Stay(Signals signals) => () =>
        {
            using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context => context.Cancel = true);
            return signals.RunForever("stubborn");
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Indices_AfterResize_AreBelowTheNewSize()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 3, StartFunction = static () => 0 });
        await Eventually.TrueAsync(() => pool.StartResults.Count == 3);
        pool.Resize(1);
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 1);
        Assert.Equal(0, await pool.ApplyAsync(static () => WorkerState.WorkerIndex!.Value).Watched());
        Assert.Equal(3, pool.StartResults.Count);
        pool.Resize(2);
        await Eventually.TrueAsync(() => pool.StartResults.Count == 4);
        Assert.Equal(1, pool.StartResults[3].WorkerIndex);
    }

    [Fact(Timeout = Limit)]
    public async Task MaxMemoryGrowth_ATaskKeepsMemory_ItsWorkerIsReplacedBetweenTasks()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxWorkerMemoryGrowth = 64 * Mebi });
        int worker = await pool.ApplyAsync(Keep, 1).Watched();
        Assert.Equal(worker, await pool.ApplyAsync(Keep, 96 * Mebi).Watched());
        await Eventually.TrueAsync(() => !pool.WorkerProcessIds.Contains(worker));
        Assert.NotEqual(worker, await pool.ApplyAsync(Keep, 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MaxMemory_ATaskKeepsMemory_ItsWorkerIsReplacedBetweenTasks()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxWorkerMemory = 192 * Mebi });
        int worker = await pool.ApplyAsync(Keep, 192 * Mebi).Watched();
        await Eventually.TrueAsync(() => !pool.WorkerProcessIds.Contains(worker));
        Assert.NotEqual(worker, await pool.ApplyAsync(Keep, 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task MaxMemory_BelowWhatAWorkerTakesAnyway_BreaksThePoolAndSaysSo()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxWorkerMemory = 1 });
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
        Assert.Contains("MaxWorkerMemory of 1", fault.Message, StringComparison.Ordinal);
    }

    private static int Keep(int bytes)
    {
        byte[] kept = new byte[bytes];
        Array.Fill(kept, (byte)1);
        s_kept.Add(kept);
        return Environment.ProcessId;
    }

    private static Action NoteWorker(Signals signals) => () => signals.Set($"worker {Environment.ProcessId}");

    private static Func<(bool WasReleased, int Worker)> SeesRelease(Signals signals, string name) =>
        () => (signals.IsSet($"{name} may end"), Environment.ProcessId);

    private static int s_calls;

    private static (ulong, T) NeverCalledBefore<T>(long n)
        where T : struct
    {
        s_calls++;
        return ((ulong)n, default);
    }

    private static class Generic<T>
    {
        public static T Same(T value) => value;

        public static string Text<TText>(T value) => $"{value}";
    }

    internal sealed class Doubler
    {
        public int Twice(int n) => n * 2;
    }

    /// <summary>Counts how often it was decoded, in all processes.</summary>
    internal sealed class Noted(RawSharedValue<int> count)
    {
        public RawSharedValue<int> Count { get; } = count;

        [System.Runtime.Serialization.OnDeserialized]
        internal void OnDeserialized(System.Runtime.Serialization.StreamingContext context) => Interlocked.Increment(ref Count.Ref);
    }
}
