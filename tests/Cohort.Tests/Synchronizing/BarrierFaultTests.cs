using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// Processes are killed while threads of theirs come, wait, run the action or go on. One kill hits a thread at each of
/// forty barriers, so twenty-five kills are a thousand rounds.
/// </summary>
public sealed class BarrierFaultTests : IDisposable
{
    private const int Limit = 180_000;
    private const int Barriers = 40;
    private const int Processes = 3;
    private const int Kills = 25;

    private static readonly WorkerOptions s_warm = new() { Context = WorkerContext.Warm };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = Limit)]
    public async Task Kill_RandomParties_TheOthersAreToldAndGoOnAfterReset()
    {
        // Every other one has an action, so that its runner is killed too.
        InterprocessBarrier[] barriers =
        [
            .. Enumerable.Range(0, Barriers).Select(static i => new InterprocessBarrier(Processes, i % 2 == 0 ? null : Spin)),
        ];
        using InterprocessLock pause = new();
        using RawSharedArray<long> passes = new(Processes * Barriers);
        using RawSharedArray<long> told = new(Processes * Barriers);
        using RawSharedValue<int> faults = new();
        await WorkerContext.PrepareWarmAsync(1, TestContext.Current.CancellationToken);
        List<WorkerProcess> workers = [.. Enumerable.Range(0, Processes).Select(Start)];
        Random random = new(12345);
        try
        {
            for (int i = 0; i < Kills; i++)
            {
                await AllAdvanceAsync(passes, static _ => true);

                // Those who are told wait here until all were.
                using LockHandle paused = await pause.AcquireAsync(Watchdog.Limit);
                int victim = random.Next(Processes);
                Task survivorsTold = AllAdvanceAsync(told, process => process != victim);
                workers[victim].Kill();
                await workers[victim].JoinAsync().Watched();
                await survivorsTold;
                workers[victim].Dispose();
                Array.ForEach(barriers, static barrier => barrier.Reset());
                workers[victim] = Start(victim);
            }

            await AllAdvanceAsync(passes, static _ => true);
        }
        finally
        {
            workers.ForEach(static worker => worker.Kill());
            workers.ForEach(static worker => worker.Join());
            workers.ForEach(static worker => worker.Dispose());
            await WorkerContext.PrepareWarmAsync(0, TestContext.Current.CancellationToken).Watched();
        }

        Assert.Equal(0, faults.Value);
        foreach (InterprocessBarrier barrier in barriers)
        {
            barrier.Reset();
            Assert.Throws<BarrierBrokenException>(() => barrier.Wait(TimeSpan.Zero));
            barrier.Dispose();
        }

        WorkerProcess Start(int me) => WorkerProcess.Start(() => Meet(me, barriers, pause, passes, told, faults), s_warm);
    }

    private static void Spin() => Thread.SpinWait(500);

    /// <summary>What is counted for each barrier of these processes is more than when this was called.</summary>
    private static Task AllAdvanceAsync(RawSharedArray<long> counts, Func<int, bool> ofProcess)
    {
        long[] before = [.. counts];
        return Eventually.TrueAsync(() => Enumerable.Range(0, before.Length).All(
            i => !ofProcess(i / Barriers) || Volatile.Read(ref counts[i]) > before[i]));
    }

    private static void Meet(
        int me,
        InterprocessBarrier[] barriers,
        InterprocessLock pause,
        RawSharedArray<long> passes,
        RawSharedArray<long> told,
        RawSharedValue<int> faults)
    {
        Thread[] threads =
        [
            .. Enumerable.Range(0, Barriers).Select(i => new Thread(() =>
            {
                while (true)
                {
                    try
                    {
                        barriers[i].Wait();
                        Volatile.Write(ref passes[(me * Barriers) + i], passes[(me * Barriers) + i] + 1);
                    }
                    catch (BarrierBrokenException fault)
                    {
                        if (fault.Reason is not (BarrierBreakReason.PartyDied or BarrierBreakReason.Reset))
                        {
                            Interlocked.Increment(ref faults.Ref);
                        }

                        Volatile.Write(ref told[(me * Barriers) + i], told[(me * Barriers) + i] + 1);
                        pause.Acquire().Dispose();
                    }
                }
            })),
        ];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
    }
}
