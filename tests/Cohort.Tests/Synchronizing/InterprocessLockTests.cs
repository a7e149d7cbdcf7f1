using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class InterprocessLockTests
{
    private const int Limit = 60_000;

    [Fact]
    public void TryAcquire_HeldByAnybody_IsNullUntilReleased()
    {
        using InterprocessLock gate = new();
        using (LockHandle held = gate.Acquire())
        {
            Assert.False(held.Abandoned);
            Assert.True(gate.IsHeld);
            Assert.Equal(Environment.ProcessId, gate.OwnerProcessId);
            Assert.Null(gate.TryAcquire());
        }

        Assert.False(gate.IsHeld);
        using LockHandle? again = gate.TryAcquire();
        Assert.NotNull(again);
    }

    [Fact]
    public void Acquire_HeldPastTheTimeout_Throws()
    {
        using InterprocessLock gate = new();
        using LockHandle held = gate.Acquire();

        Assert.Throws<TimeoutException>(() => gate.Acquire(TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void Dispose_HandleOfAnEarlierAcquisition_ReleasesNothing()
    {
        using InterprocessLock gate = new();
        LockHandle first = gate.Acquire();
        gate.Release();
        using LockHandle second = gate.Acquire();
        first.Dispose();

        Assert.True(gate.IsHeld);
        second.Dispose();
        second.Dispose();
        Assert.False(gate.IsHeld);
    }

    [Fact]
    public async Task Acquire_CancelledBefore_ThrowsAndTakesNothing()
    {
        using InterprocessLock gate = new();
        CancellationToken cancelled = new(canceled: true);

        Assert.Throws<OperationCanceledException>(() => gate.Acquire(null, cancelled));
        Assert.Throws<OperationCanceledException>(() => gate.TryAcquire(default, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await gate.AcquireAsync(null, cancelled));
        Assert.False(gate.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_CancelledOrLateInAStorm_LosesNoWakeUp()
    {
        using InterprocessLock gate = new();
        int count = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            for (int round = 0; round < 300; round++)
            {
                using CancellationTokenSource source = new(TimeSpan.FromMicroseconds(Random.Shared.Next(400)));
                try
                {
                    using LockHandle? held = (i % 2 == 0)
                        ? await gate.AcquireAsync(null, source.Token)
                        : await gate.TryAcquireAsync(TimeSpan.FromMicroseconds(Random.Shared.Next(400)));
                    if (held is not null)
                    {
                        count++;
                        Thread.SpinWait(200);
                    }
                }
                catch (OperationCanceledException)
                {
                    // As asked for.
                }
            }
        }))).Watched();

        Assert.True(count > 0);
        Assert.False(gate.IsHeld);
        gate.Acquire(TimeSpan.FromSeconds(10)).Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileOthersWait_TellsThem()
    {
        InterprocessLock gate = new();
        gate.Acquire();
        Task<LockHandle> async = gate.AcquireAsync().AsTask();
        Task<LockHandle> blocking = Watchdog.Run(() => gate.Acquire());
        gate.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => async.Watched());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => blocking.Watched());
        Assert.Throws<ObjectDisposedException>(() => gate.Acquire());
        Assert.Throws<ObjectDisposedException>(gate.Release);
    }

    [Fact]
    public void Release_NotHeld_Throws()
    {
        using InterprocessLock gate = new();

        Assert.Throws<SynchronizationLockException>(gate.Release);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_ManyThreadsAndTasks_CountExactly()
    {
        using InterprocessLock gate = new();
        int count = 0;
        Task[] workers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() => Repeat(() =>
            {
                using (gate.Acquire())
                {
                    count++;
                }
            }))),
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    using (await gate.AcquireAsync())
                    {
                        count++;
                    }
                }
            })),
        ];
        await Task.WhenAll(workers).Watched();

        Assert.Equal(8 * 2000, count);

        static void Repeat(Action action)
        {
            for (int i = 0; i < 2000; i++)
            {
                action();
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_InWorkers_ExcludesThem()
    {
        using InterprocessLock gate = new();
        using Cohort.Sharing.RawSharedValue<long> count = new();
        await using ProcessPool pool = new(2);
        await pool.MapAsync(
            _ =>
            {
                for (int i = 0; i < 5000; i++)
                {
                    using (gate.Acquire())
                    {
                        count.Value++;
                    }
                }

                return 0;
            },
            Enumerable.Range(0, 4),
            chunkSize: 1).Watched();

        Assert.Equal(20_000, count.Value);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_HolderKilled_PassesToAWaiterThatIsTold()
    {
        using InterprocessLock gate = new();
        using Cohort.Sharing.RawSharedValue<int> isHeld = new();
        using WorkerProcess worker = WorkerProcess.Start(() =>
        {
            gate.Acquire();
            isHeld.Value = 1;
            Thread.Sleep(Timeout.Infinite);
        });
        await Eventually.TrueAsync(() => isHeld.Value == 1);
        ValueTask<LockHandle> waiting = gate.AcquireAsync();
        Assert.False(waiting.IsCompleted);
        worker.Kill();
        using LockHandle handle = await waiting.AsTask().Watched();

        Assert.True(handle.Abandoned);
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Result_NewLockOfAWorker_IsOpenedHere()
    {
        await using ProcessPool pool = new(1);
        using InterprocessLock gate = await pool.ApplyAsync(static () => new InterprocessLock()).Watched();
        using LockHandle handle = gate.Acquire();

        Assert.True(gate.IsHeld);
    }

    /// <summary>A waiter asks for the owner before its first sleep.</summary>
    [Fact(Timeout = Limit)]
    public async Task TryAcquireAsync_OwnerIsGone_NeedsNoWait()
    {
        using InterprocessLock gate = new();
        using WorkerProcess worker = WorkerProcess.Start(static g => { g.Acquire(); }, gate);
        await worker.JoinAsync().Watched();
        ValueTask<LockHandle?> taken = gate.TryAcquireAsync(Timeout.InfiniteTimeSpan);

        Assert.True(taken.IsCompletedSuccessfully);
        using LockHandle? handle = await taken;
        Assert.True(handle!.Abandoned);
    }
}
