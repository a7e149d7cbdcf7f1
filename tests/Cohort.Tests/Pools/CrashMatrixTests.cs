using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>
/// Each manner in which a worker can end, at each moment of its life: the task that it was at says so, every other one has its
/// result, the pool has as many workers as before, and nothing is left.
/// </summary>
public sealed class CrashMatrixTests(CrashMatrixTests.CheckedPool shared) : IClassFixture<CrashMatrixTests.CheckedPool>
{
    private const int Limit = 120_000;
    private const int Neighbours = 20;
    private readonly ProcessPool _pool = shared.Pool;

    public static TheoryData<CrashManner> Manners => [.. Enum.GetValues<CrashManner>()];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public Task WhileDecodingArguments(CrashManner manner) =>
        CheckAsync(manner, _pool.ApplyAsync(static charge => charge.GetHashCode(), new Charge { WhenRead = manner }));

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public Task WhileRunning(CrashManner manner) => CheckAsync(manner, _pool.ApplyAsync(Run, manner));

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public Task WhileEncodingTheResult(CrashManner manner) =>
        CheckAsync(manner, _pool.ApplyAsync(static m => new Charge { WhenWritten = m }, manner));

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public Task InAFinalizer(CrashManner manner) => CheckAsync(manner, _pool.ApplyAsync(RunInFinalizer, manner), isLost: true);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public async Task WhileIdle(CrashManner manner)
    {
        using Signals signals = new();
        Task<int>[] before = Start();
        int worker = await _pool.ApplyAsync(ArmThread(signals), manner).Watched();
        Assert.All(await Task.WhenAll(before).Watched(), static n => Assert.InRange(n, 0, Neighbours));
        signals.Set("go");
        await Eventually.TrueAsync(() => !_pool.WorkerProcessIds.Contains(worker) && _pool.WorkerProcessIds.Count == 2);
        await CheckUsableAsync();

        static Func<CrashManner, int> ArmThread(Signals signals) => manner =>
        {
            new Thread(() =>
            {
                signals.Await("go");
                manner.Do();
            }).Start();
            return Environment.ProcessId;
        };
    }

    private static int Run(CrashManner manner)
    {
        manner.Do();
        return 0;
    }

    private static int RunInFinalizer(CrashManner manner)
    {
        Drop(manner);
        while (true)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(CrashManner manner) => GC.KeepAlive(new LastWords(manner));

    private Task<int>[] Start() => [.. Enumerable.Range(0, Neighbours).Select(n => _pool.ApplyAsync(static m => m, n))];

    /// <param name="manner">How it crashes.</param>
    /// <param name="doomed">The task that does.</param>
    /// <param name="isLost">Whether its worker ends in any case; otherwise memory that has run out is an exception like others.</param>
    private async Task CheckAsync(CrashManner manner, Task doomed, bool isLost = false)
    {
        Task<int>[] behind = Start();
        Exception fault = await Watchdog.FaultOf(doomed);
        if (manner is CrashManner.OutOfMemory && !isLost)
        {
            Assert.IsType<OutOfMemoryException>(fault is OutOfMemoryException ? fault : fault.InnerException ?? fault);
        }
        else
        {
            WorkerLostException loss = Assert.IsType<WorkerLostException>(fault);
            manner.Check(loss);
            Assert.Contains(nameof(CrashMatrixTests), loss.TaskDescription, StringComparison.Ordinal);
            Assert.DoesNotContain(loss.ProcessId, _pool.WorkerProcessIds);
        }

        Assert.Equal(Enumerable.Range(0, Neighbours), await Task.WhenAll(behind).Watched());
        await CheckUsableAsync();
    }

    private async Task CheckUsableAsync()
    {
        Assert.Equal(Enumerable.Range(0, 100), await _pool.MapAsync(static n => n, Enumerable.Range(0, 100), chunkSize: 1).Watched());
        await Eventually.TrueAsync(() => _pool.WorkerProcessIds.Count == 2);
    }

    /// <summary>After all of them.</summary>
    public sealed class CheckedPool : IDisposable
    {
        private readonly Leaks _before = Leaks.Snapshot();

        public ProcessPool Pool { get; } = new(workers: 2);

        public void Dispose()
        {
            Pool.Dispose();
            Leaks.AssertNone(_before);
        }
    }

    internal sealed class Charge
    {
        public CrashManner? WhenRead { get; init; }

        public CrashManner? WhenWritten { get; init; }

        [OnDeserialized]
        internal void OnDeserialized(StreamingContext context)
        {
            if (WorkerProcess.IsWorker)
            {
                WhenRead?.Do();
            }
        }

        [OnSerializing]
        internal void OnSerializing(StreamingContext context)
        {
            if (WorkerProcess.IsWorker)
            {
                WhenWritten?.Do();
            }
        }
    }

    private sealed class LastWords(CrashManner manner)
    {
        ~LastWords() => manner.Do();
    }
}
