using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>The action that the last party to come runs.</summary>
public sealed class InterprocessBarrierActionTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Wait_Action_throws_in_its_runner_and_breaks_for_the_others()
    {
        using InterprocessBarrier barrier = new(2, static () => throw new FormatException("the action's"));
        Task<int> other = barrier.WaitAsync().AsTask();

        Assert.Equal("the action's", Assert.Throws<FormatException>(() => barrier.Wait()).Message);
        Assert.Equal(BarrierBreakReason.ActionFailed, (await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched())).Reason);
        Assert.True(barrier.IsBroken);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wait_Broken_during_the_action_breaks_for_its_runner_too(bool isAborted)
    {
        using ManualResetEventSlim isRunning = new();
        using ManualResetEventSlim mayEnd = new();
        using InterprocessBarrier barrier = new(2, () =>
        {
            isRunning.Set();
            mayEnd.Wait();
        });
        Task<int> other = barrier.WaitAsync().AsTask();
        Task<int> runner = Watchdog.Run(() => barrier.Wait());
        await Watchdog.Run(isRunning.Wait);
        Task<int> surplus = barrier.WaitAsync().AsTask();
        Assert.False(surplus.IsCompleted);
        if (isAborted)
        {
            barrier.Abort();
        }
        else
        {
            barrier.Reset();
        }

        await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched());
        Assert.False(runner.IsCompleted);
        mayEnd.Set();
        await Assert.ThrowsAsync<BarrierBrokenException>(() => runner);
        if (isAborted)
        {
            await Assert.ThrowsAsync<BarrierBrokenException>(() => surplus.Watched());
        }
        else
        {
            await Eventually.TrueAsync(() => barrier.WaitingCount == 1);
            barrier.Reset();
            await Assert.ThrowsAsync<BarrierBrokenException>(() => surplus.Watched());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Last_in_a_worker_runs_the_action_there()
    {
        using RawSharedValue<int> runner = new();
        using InterprocessBarrier barrier = new(2, () => runner.Value = Environment.ProcessId);
        await using ProcessPool pool = new(1);
        Task<int> here = barrier.WaitAsync().AsTask();
        int other = await pool.ApplyAsync(
            static b =>
            {
                b.Wait();
                return Environment.ProcessId;
            },
            barrier).Watched();

        Assert.Equal(0, await here.Watched());
        Assert.Equal(other, runner.Value);
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Killed_runner_of_the_action_breaks_with_its_process()
    {
        using RawSharedValue<int> isRunning = new();
        using InterprocessBarrier barrier = Create(isRunning);
        Task<int> waiting = barrier.WaitAsync().AsTask();
        using WorkerProcess worker = WorkerProcess.Start(static b => { b.Wait(); }, barrier);
        await Eventually.TrueAsync(() => isRunning.Value == 1);
        int processId = worker.ProcessId!.Value;
        worker.Kill();

        BarrierBrokenException fault = await Assert.ThrowsAsync<BarrierBrokenException>(() => waiting.Watched());
        Assert.Equal((BarrierBreakReason.PartyDied, processId), (fault.Reason, fault.ProcessId));
        await worker.JoinAsync().Watched();

        // Apart, as the action's closure travels and the task beside it cannot.
        static InterprocessBarrier Create(RawSharedValue<int> isRunning) => new(2, () =>
        {
            isRunning.Value = 1;
            Thread.Sleep(Timeout.Infinite);
        });
    }
}
