using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>More of what a barrier does.</summary>
public sealed partial class InterprocessBarrierTests
{
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
    public async Task Wait_More_threads_than_parties_pass_in_groups()
    {
        using InterprocessBarrier barrier = new(2);
        int passes = 0;
        Task[] parties =
        [
            .. Enumerable.Range(0, 7).Select(_ => Watchdog.Run(() =>
            {
                try
                {
                    while (true)
                    {
                        barrier.Wait();
                        if (Interlocked.Increment(ref passes) == 2000)
                        {
                            barrier.Abort();
                        }
                    }
                }
                catch (BarrierBrokenException)
                {
                }
            })),
        ];
        await Task.WhenAll(parties).Watched();

        Assert.True(passes >= 2000);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_While_parties_wait_throws_in_them_and_breaks_for_other_processes()
    {
        InterprocessBarrier barrier = new(4);
        await using ProcessPool pool = new(1);
        Task<int> other = pool.ApplyAsync(static b => b.Wait(), barrier);
        Task<int> asynchronous = barrier.WaitAsync().AsTask();
        Task<int> blocking = Watchdog.Run(() => barrier.Wait());
        await Eventually.TrueAsync(() => barrier.WaitingCount == 3);
        barrier.Dispose();

        Exception[] faults = [await Watchdog.FaultOf(asynchronous), await Watchdog.FaultOf(blocking)];
        Assert.Contains(faults, static fault => fault is ObjectDisposedException);
        Assert.Equal(BarrierBreakReason.Cancellation, (await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched())).Reason);
    }

    [Fact]
    public void Every_member_after_Dispose_throws()
    {
        InterprocessBarrier barrier = new(2);
        barrier.Dispose();
        barrier.Dispose();

        Assert.Throws<ObjectDisposedException>(() => barrier.Wait());
        Assert.True(barrier.WaitAsync().AsTask().Exception?.InnerException is ObjectDisposedException);
        Assert.Throws<ObjectDisposedException>(barrier.Abort);
        Assert.Throws<ObjectDisposedException>(barrier.Reset);
        Assert.Throws<ObjectDisposedException>(() => barrier.IsBroken);
        Assert.Throws<ObjectDisposedException>(() => barrier.WaitingCount);
        Assert.Equal(2, barrier.Parties);
        Assert.Contains("disposed", barrier.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Argument_closure_and_result_are_the_same_barrier()
    {
        using InterprocessBarrier barrier = new(2);
        await using ProcessPool pool = new(1);
        Task<int> argument = pool.ApplyAsync(static b => b.Wait(), barrier);
        int first = await barrier.WaitAsync().AsTask().Watched();
        Assert.Equal(1, first + await argument.Watched());

        Task<int> closure = pool.ApplyAsync(() => barrier.Wait());
        int second = await barrier.WaitAsync().AsTask().Watched();
        Assert.Equal(1, second + await closure.Watched());

        using InterprocessBarrier made = await pool.ApplyAsync(static () => new InterprocessBarrier(2)).Watched();
        Task<int> result = pool.ApplyAsync(static b => b.Wait(), made);
        int third = await made.WaitAsync().AsTask().Watched();
        Assert.Equal(1, third + await result.Watched());
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

    [Fact(Timeout = Limit)]
    public async Task Wait_Broken_in_a_worker_throws_the_same_here()
    {
        using InterprocessBarrier barrier = new(2);
        await using ProcessPool pool = new(1);
        int processId = await pool.ApplyAsync(static () => Environment.ProcessId).Watched();
        BarrierBrokenException fault = await Assert.ThrowsAsync<BarrierBrokenException>(
            () => pool.ApplyAsync(static b => b.Wait(TimeSpan.FromMilliseconds(1)), barrier).Watched());

        Assert.Equal((BarrierBreakReason.Timeout, processId), (fault.Reason, fault.ProcessId));
    }
}
