using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>The moment of the crash matrix at which a worker has no task yet.</summary>
public sealed class CrashInInitializerTests
{
    private const int Limit = 120_000;
    private const int Neighbours = 20;

    public static TheoryData<CrashManner> Manners => CrashMatrixTests.Manners;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Manners))]
    public async Task InTheInitializerOfTheFirstWorker(CrashManner manner)
    {
        Leaks before = Leaks.Snapshot();
        using Signals signals = new();
        await using (ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = CrashOnce(signals, manner) }))
        {
            Task<int>[] tasks = [.. Enumerable.Range(0, Neighbours).Select(n => pool.ApplyAsync(static m => m, n))];
            if (manner is CrashManner.OutOfMemory)
            {
                // An exception is the initializer's own, and would be every worker's.
                PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(tasks[0]));
                Assert.IsType<OutOfMemoryException>(fault.InnerException);
            }
            else
            {
                Assert.Equal(Enumerable.Range(0, Neighbours), await Task.WhenAll(tasks).Watched());
            }
        }

        Assert.True(signals.IsSet("crashed"));
        Leaks.AssertNone(before);

        static Action CrashOnce(Signals signals, CrashManner manner) => () =>
        {
            if (!signals.IsSet("crashed"))
            {
                signals.Set("crashed");
                manner.Do();
            }
        };
    }
}
