using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// Processes are killed while threads of theirs come, wait, run the action or go on. One kill hits a thread at each of
/// forty barriers, so twenty-five kills are a thousand rounds.
/// </summary>
public sealed class BarrierFaultTests : IDisposable
{
    private const int Barriers = 40;
    private const int UsualKills = 25;

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_RandomParties_TheOthersAreToldAndGoOnAfterReset()
    {
        // Every other one has an action, so that its runner is killed too.
        InterprocessBarrier[] barriers =
        [
            .. Enumerable.Range(0, Barriers).Select(static i => new InterprocessBarrier(Survivors.Processes, i % 2 == 0 ? null : Spin)),
        ];
        using InterprocessLock pause = new();
        using RawSharedArray<long> passes = new(Survivors.Processes * Barriers);
        using RawSharedArray<long> told = new(Survivors.Processes * Barriers);
        using RawSharedValue<int> faults = new();
        await Survivors.KillAsync(
            Kills.InsteadOf(UsualKills),
            me => Survivors.RunForever(Barriers, i => MeetOnce(barriers[i], pause, ref passes[(me * Barriers) + i], ref told[(me * Barriers) + i], ref faults.Ref)),
            () => AllAdvanceAsync(passes, static _ => true),
            async (victim, worker) =>
            {
                // Those who are told wait here until all were.
                using LockHandle paused = await pause.AcquireAsync(Watchdog.Limit);
                Task survivorsTold = AllAdvanceAsync(told, process => process != victim);
                worker.Kill();
                await worker.JoinAsync().Watched();
                await survivorsTold;
                Array.ForEach(barriers, static barrier => barrier.Reset());
            });

        Assert.Equal(0, faults.Value);
        foreach (InterprocessBarrier barrier in barriers)
        {
            barrier.Reset();
            Assert.Throws<BarrierBrokenException>(() => barrier.Wait(TimeSpan.Zero));
            barrier.Dispose();
        }
    }

    private static void Spin() => Thread.SpinWait(500);

    /// <summary>What is counted for each barrier of these processes is more than when this was called.</summary>
    private static Task AllAdvanceAsync(RawSharedArray<long> counts, Func<int, bool> ofProcess)
    {
        long[] before = [.. counts];
        return Eventually.TrueAsync(() => Enumerable.Range(0, before.Length).All(
            i => !ofProcess(i / Barriers) || Volatile.Read(ref counts[i]) > before[i]));
    }

    private static void MeetOnce(InterprocessBarrier barrier, InterprocessLock pause, ref long passes, ref long told, ref int faults)
    {
        try
        {
            barrier.Wait();
            Volatile.Write(ref passes, passes + 1);
        }
        catch (BarrierBrokenException fault)
        {
            if (fault.Reason is not (BarrierBreakReason.PartyDied or BarrierBreakReason.Reset))
            {
                Interlocked.Increment(ref faults);
            }

            Volatile.Write(ref told, told + 1);
            pause.Acquire().Dispose();
        }
    }
}
