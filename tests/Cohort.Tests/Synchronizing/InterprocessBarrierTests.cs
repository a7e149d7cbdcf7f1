using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class InterprocessBarrierTests
{
    private const int Limit = 60_000;

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Wait_In_processes_keeps_them_in_lockstep(int passes)
    {
        // test_barrier, test_barrier_10: counts stay within one generation.
        using InterprocessBarrier barrier = new(3);
        using RawSharedArray<int> counts = new(3);
        await using ProcessPool pool = new(3);
        int[] faults = await pool.MapAsync(
            me =>
            {
                int seen = 0;
                for (int i = 0; i < passes; i++)
                {
                    barrier.Wait();
                    Volatile.Write(ref counts[me], i + 1);
                    seen += counts.Count(c => c < i || c > i + 1);
                    barrier.Wait();
                    seen += counts.Count(c => c < i + 1 || c > i + 2);
                }

                return seen;
            },
            Enumerable.Range(0, 3),
            chunkSize: 1).Watched();

        Assert.Equal([0, 0, 0], faults);
        Assert.Equal(0, barrier.WaitingCount);
        Assert.False(barrier.IsBroken);
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_In_threads_and_tasks_keeps_them_in_lockstep()
    {
        // test_barrier of lock_tests; BarrierTest.test_barrier: the stress of a barrier that is used again.
        using InterprocessBarrier barrier = new(5);
        int[] counts = new int[5];
        int faults = 0;
        Task[] parties =
        [
            .. Enumerable.Range(0, 3).Select(me => Watchdog.Run(() =>
            {
                for (int i = 0; i < 500; i++)
                {
                    Check(me, i, barrier.Wait());
                }
            })),
            .. Enumerable.Range(3, 2).Select(me => Task.Run(async () =>
            {
                for (int i = 0; i < 500; i++)
                {
                    Check(me, i, await barrier.WaitAsync());
                }
            })),
        ];
        await Task.WhenAll(parties).Watched();

        Assert.Equal(0, faults);

        void Check(int me, int pass, int index)
        {
            Volatile.Write(ref counts[me], pass + 1);
            bool isLockstep = counts.All(c => c >= pass && c <= pass + 2) && index is >= 0 and < 5;
            Interlocked.Add(ref faults, isLockstep ? 0 : 1);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Returns_each_index_once_and_so_exactly_one_zero()
    {
        // test_wait_return
        using InterprocessBarrier barrier = new(4);
        await using ProcessPool pool = new(3);
        Task<int[]> others = pool.MapAsync(_ => barrier.Wait(), Enumerable.Range(0, 3), chunkSize: 1);
        int here = await barrier.WaitAsync().AsTask().Watched();

        Assert.Equal([0, 1, 2, 3], (await others.Watched()).Append(here).Order());
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Runs_the_action_once_a_pass_before_anybody_goes_on()
    {
        // test_action. The action travels, so it may well run in a worker.
        using RawSharedValue<int> runs = new();
        using InterprocessBarrier barrier = new(3, () => runs.Value++);
        await using ProcessPool pool = new(2);
        Task<int[]> others = pool.MapAsync(_ => CountFaults(barrier, runs), Enumerable.Range(0, 2), chunkSize: 1);
        int here = await Watchdog.Run(() => CountFaults(barrier, runs));

        Assert.Equal(0, here + (await others.Watched()).Sum());
        Assert.Equal(20, runs.Value);

        static int CountFaults(InterprocessBarrier barrier, RawSharedValue<int> runs)
        {
            int faults = 0;
            for (int i = 1; i <= 20; i++)
            {
                barrier.Wait();
                faults += runs.Value is int now && (now == i || now == i + 1) ? 0 : 1;
            }

            return faults;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_With_a_timeout_and_one_late_party_breaks_for_all()
    {
        // test_timeout: all get BrokenBarrierError.
        using InterprocessBarrier barrier = new(3);
        Task<int> patient = barrier.WaitAsync().AsTask();
        BarrierBrokenException own = await Assert.ThrowsAsync<BarrierBrokenException>(
            () => Watchdog.Run(() => barrier.Wait(TimeSpan.FromMilliseconds(20))));
        BarrierBrokenException others = await Assert.ThrowsAsync<BarrierBrokenException>(() => patient.Watched());
        BarrierBrokenException late = await Assert.ThrowsAsync<BarrierBrokenException>(() => Watchdog.Run(() => barrier.Wait()));

        Assert.All([own, others, late], static fault =>
        {
            Assert.Equal(BarrierBreakReason.Timeout, fault.Reason);
            Assert.Equal(Environment.ProcessId, fault.ProcessId);
        });
        Assert.True(barrier.IsBroken);
        Assert.Equal(0, barrier.WaitingCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_With_the_barriers_own_timeout_breaks_for_all()
    {
        // test_default_timeout; the timeout goes along to other processes.
        using InterprocessBarrier barrier = new(3, timeout: TimeSpan.FromMilliseconds(100));
        await using ProcessPool pool = new(1);
        Task<int> other = pool.ApplyAsync(() => barrier.Wait());
        Task<int> here = Watchdog.Run(() => barrier.Wait());

        Assert.Equal(BarrierBreakReason.Timeout, (await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched())).Reason);
        Assert.Equal(BarrierBreakReason.Timeout, (await Assert.ThrowsAsync<BarrierBrokenException>(() => here)).Reason);
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Zero_breaks_unless_it_is_the_last()
    {
        using InterprocessBarrier barrier = new(2);
        Task<int> first = barrier.WaitAsync(Timeout.InfiniteTimeSpan).AsTask();
        Assert.Equal(1, barrier.Wait(TimeSpan.Zero));
        Assert.Equal(0, await first.Watched());

        Assert.Throws<BarrierBrokenException>(() => barrier.Wait(TimeSpan.Zero));
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Of_a_single_party_never_blocks()
    {
        // test_single_thread
        int runs = 0;
        using InterprocessBarrier barrier = new(1, () => runs++);

        Assert.Equal(0, barrier.Wait());
        Assert.Equal(0, await barrier.WaitAsync());
        Assert.Equal(2, runs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Constructor_Without_parties_throws(int parties)
    {
        // test_constructor
        Assert.Throws<ArgumentOutOfRangeException>(() => new InterprocessBarrier(parties));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InterprocessBarrier(1, timeout: TimeSpan.FromSeconds(-parties - 2)));
    }

    [Fact(Timeout = Limit)]
    public async Task Parties_WaitingCount_and_IsBroken_say_what_is()
    {
        using InterprocessBarrier barrier = new(3);
        Task<int> one = barrier.WaitAsync().AsTask();
        Assert.Equal((3, 1, false), (barrier.Parties, barrier.WaitingCount, barrier.IsBroken));
        Task<int> two = barrier.WaitAsync().AsTask();
        Assert.Equal(2, barrier.WaitingCount);
        Assert.Contains("2 of 3", barrier.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, barrier.Wait());
        int[] first = await Task.WhenAll(one, two).Watched();
        Assert.Equal([0, 1], first);
        Assert.Equal(0, barrier.WaitingCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Abort_Breaks_it_until_Reset()
    {
        using InterprocessBarrier barrier = new(2);
        Task<int> waiting = Watchdog.Run(() => barrier.Wait());
        await Eventually.TrueAsync(() => barrier.WaitingCount == 1);
        barrier.Abort();

        Assert.Equal(BarrierBreakReason.Abort, (await Assert.ThrowsAsync<BarrierBrokenException>(() => waiting)).Reason);
        Assert.True(barrier.IsBroken);
        Assert.Throws<BarrierBrokenException>(() => barrier.Wait());
        await Assert.ThrowsAsync<BarrierBrokenException>(async () => await barrier.WaitAsync());

        barrier.Reset();
        Assert.False(barrier.IsBroken);
        Task<int> again = barrier.WaitAsync().AsTask();
        Assert.Equal(1, barrier.Wait());
        Assert.Equal(0, await again.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Reset_While_parties_wait_tells_them_and_leaves_it_whole()
    {
        using InterprocessBarrier barrier = new(3);
        Task<int> asynchronous = barrier.WaitAsync().AsTask();
        Task<int> blocking = Watchdog.Run(() => barrier.Wait());
        await Eventually.TrueAsync(() => barrier.WaitingCount == 2);
        barrier.Reset();

        Assert.Equal(BarrierBreakReason.Reset, (await Assert.ThrowsAsync<BarrierBrokenException>(() => asynchronous.Watched())).Reason);
        Assert.Equal(BarrierBreakReason.Reset, (await Assert.ThrowsAsync<BarrierBrokenException>(() => blocking)).Reason);
        Assert.False(barrier.IsBroken);
        Task<int> one = barrier.WaitAsync().AsTask();
        Task<int> two = barrier.WaitAsync().AsTask();
        Assert.Equal(2, barrier.Wait());
        await Task.WhenAll(one, two).Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Cancelled_breaks_for_all_and_itself_is_cancelled()
    {
        using InterprocessBarrier barrier = new(4);
        using CancellationTokenSource source = new();
        Task<int> asynchronous = barrier.WaitAsync(cancellationToken: source.Token).AsTask();
        Task<int> blocking = Watchdog.Run(() => barrier.Wait(cancellationToken: source.Token));
        Task<int> other = barrier.WaitAsync().AsTask();
        await Eventually.TrueAsync(() => barrier.WaitingCount == 3);
        await source.CancelAsync();

        Assert.Equal(BarrierBreakReason.Cancellation, (await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched())).Reason);
        Exception[] faults = [await Watchdog.FaultOf(asynchronous), await Watchdog.FaultOf(blocking)];

        // The second of the two may find it broken by the first before it sees its own token.
        Assert.Contains(faults, static fault => fault is OperationCanceledException);
        Assert.All(faults, static fault => Assert.True(fault is OperationCanceledException or BarrierBrokenException));
        Assert.True(barrier.IsBroken);
    }

    [Fact]
    public void Wait_Token_cancelled_before_breaks_nothing()
    {
        using InterprocessBarrier barrier = new(2);
        CancellationToken cancelled = new(canceled: true);

        Assert.Throws<OperationCanceledException>(() => barrier.Wait(cancellationToken: cancelled));
        Assert.True(barrier.WaitAsync(cancellationToken: cancelled).IsCanceled);
        Assert.False(barrier.IsBroken);
        Assert.Equal(0, barrier.WaitingCount);
    }

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
