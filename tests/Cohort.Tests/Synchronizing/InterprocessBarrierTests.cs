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
    [InlineData(1 << 30)]
    public void Constructor_Without_parties_or_too_many_throws(int parties)
    {
        // test_constructor
        Assert.Throws<ArgumentOutOfRangeException>(() => new InterprocessBarrier(parties));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InterprocessBarrier(1, timeout: TimeSpan.FromSeconds(-2)));
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
