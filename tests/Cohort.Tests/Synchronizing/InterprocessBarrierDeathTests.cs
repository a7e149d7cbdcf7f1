using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Parties whose process ends.</summary>
public sealed class InterprocessBarrierDeathTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Wait_Killed_party_that_waits_breaks_with_its_process()
    {
        using InterprocessBarrier barrier = new(3);
        using WorkerProcess worker = WorkerProcess.Start(static b => { b.Wait(); }, barrier);
        Task<int> waiting = barrier.WaitAsync().AsTask();
        await Eventually.TrueAsync(() => barrier.WaitingCount == 2);
        int processId = worker.ProcessId!.Value;
        worker.Kill();

        BarrierBrokenException fault = await Assert.ThrowsAsync<BarrierBrokenException>(() => waiting.Watched());
        Assert.Equal((BarrierBreakReason.PartyDied, processId), (fault.Reason, fault.ProcessId));
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Killed_party_of_the_last_pass_that_does_not_come_breaks_with_its_process()
    {
        using InterprocessBarrier barrier = new(2);
        using WorkerProcess worker = WorkerProcess.Start(
            static b =>
            {
                b.Wait();
                Thread.Sleep(Timeout.Infinite);
            },
            barrier);
        await barrier.WaitAsync().AsTask().Watched();
        Task<int> waiting = Watchdog.Run(() => barrier.Wait());
        int processId = worker.ProcessId!.Value;
        worker.Kill();

        BarrierBrokenException fault = await Assert.ThrowsAsync<BarrierBrokenException>(() => waiting);
        Assert.Equal((BarrierBreakReason.PartyDied, processId), (fault.Reason, fault.ProcessId));
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Party_of_the_last_pass_that_ended_is_forgotten_by_Reset_and_replaced_by_a_newcomer()
    {
        using InterprocessBarrier barrier = new(2);
        await MeetAsync(barrier, first: true);
        barrier.Reset();
        await MeetAsync(barrier, first: true);

        // Without a reset the newcomer has to be there first.
        await MeetAsync(barrier, first: false);
        Assert.False(barrier.IsBroken);

        static async Task MeetAsync(InterprocessBarrier barrier, bool first)
        {
            Task<int> here = first ? barrier.WaitAsync().AsTask() : Task.FromResult(0);
            using WorkerProcess worker = WorkerProcess.Start(static b => { b.Wait(); }, barrier);
            if (!first)
            {
                await Eventually.TrueAsync(() => barrier.WaitingCount == 1);
                here = barrier.WaitAsync().AsTask();
            }

            await here.Watched();
            await worker.JoinAsync().Watched();
        }
    }
}
