using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Comments in quotes are the cases of Python's tests that a test covers.</summary>
public sealed class InterprocessRecursiveLockTests
{
    private const int Limit = 60_000;

    // "RLock acquire 3x release 3x, extra release AssertionError/RuntimeError"; "release unacquired RuntimeError (also after
    // balanced use)"; "RLock reentrant acquire"; "recursion count reported"
    [Fact]
    public void Acquire_three_times_and_release_three_times_and_no_more()
    {
        using InterprocessRecursiveLock gate = new();
        Assert.Throws<SynchronizationLockException>(gate.Release);
        for (int i = 1; i <= 3; i++)
        {
            Assert.False(gate.Acquire().Abandoned);
            Assert.Equal(i, gate.RecursionCount);
        }

        Assert.Equal(Environment.ProcessId, gate.OwnerProcessId);
        for (int i = 2; i >= 0; i--)
        {
            Assert.True(gate.IsHeld && gate.IsHeldByCurrentThread);
            gate.Release();
            Assert.Equal(i, gate.RecursionCount);
        }

        Assert.False(gate.IsHeld || gate.IsHeldByCurrentThread);
        Assert.Null(gate.OwnerProcessId);
        Assert.Throws<SynchronizationLockException>(gate.Release);
    }

    // "_is_owned true/false by thread"; "acquire(False) False when another thread holds it"
    [Fact(Timeout = Limit)]
    public async Task Acquire_OnAnotherThread_IsNeitherOwnedNorAcquiredNorReleased()
    {
        using InterprocessRecursiveLock gate = new();
        using ManualResetEventSlim isHeld = new(), end = new();
        Task holder = Watchdog.Run(() =>
        {
            using LockHandle first = gate.Acquire();
            using LockHandle? second = gate.TryAcquire();
            Assert.True(second is not null && gate.IsHeldByCurrentThread);
            isHeld.Set();
            end.Wait();
        });
        await Watchdog.Run(() =>
        {
            isHeld.Wait();
            Assert.False(gate.IsHeldByCurrentThread);
            Assert.Equal(2, gate.RecursionCount);
            Assert.Null(gate.TryAcquire());
            Assert.Throws<TimeoutException>(() => gate.Acquire(TimeSpan.FromMilliseconds(1)));
            Assert.Throws<SynchronizationLockException>(gate.Release);
        });
        end.Set();
        await holder;

        Assert.False(gate.IsHeld);
    }

    // "with-statement acquires and releases also on exception"
    [Fact]
    public void Dispose_AtTheEndOfUsing_ReleasesAlsoOnAnException()
    {
        using InterprocessRecursiveLock gate = new();
        Action failing = () =>
        {
            using (gate.Acquire())
            using (gate.Acquire())
            {
                throw new FormatException();
            }
        };
        Assert.Throws<FormatException>(failing);

        Assert.False(gate.IsHeld);
    }

    [Fact]
    public void Dispose_Handles_IsIdempotentAndReleasesNoLaterAcquisition()
    {
        using InterprocessRecursiveLock gate = new();
        LockHandle first = gate.Acquire();
        LockHandle second = gate.Acquire();
        second.Dispose();
        second.Dispose();
        Assert.Equal(1, gate.RecursionCount);
        gate.Release();
        using LockHandle third = gate.Acquire();
        first.Dispose();

        Assert.Equal(1, gate.RecursionCount);
        third.Dispose();
        third.Dispose();
        Assert.False(gate.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_OnAnotherThread_IsRefusedAndStillPossibleOnTheRightOne()
    {
        using InterprocessRecursiveLock gate = new();
        using SemaphoreSlim passed = new(0), back = new(0);
        LockHandle? handle = null;
        Task holder = Watchdog.Run(() =>
        {
            handle = gate.Acquire();
            passed.Release();
            back.Wait();
            handle.Dispose();
        });
        await passed.WaitAsync().Watched();
        Assert.Throws<SynchronizationLockException>(handle!.Dispose);
        Assert.Throws<SynchronizationLockException>(() => gate.Reenter(handle));
        Assert.True(gate.IsHeld);
        back.Release();
        await holder;

        Assert.False(gate.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireAsync_IsHeldByTheHandle_WhichGoesInAgain()
    {
        using InterprocessRecursiveLock gate = new();
        using LockHandle held = await gate.AcquireAsync().AsTask().Watched();
        Assert.False(gate.IsHeldByCurrentThread);
        Assert.Throws<SynchronizationLockException>(gate.Release);

        // A task that is started meanwhile is not the holder, nor is this flow of control without the handle.
        Assert.Null(await Task.Run(() => gate.TryAcquireAsync().AsTask()).Watched());
        Assert.Null(await gate.TryAcquireAsync(TimeSpan.FromMilliseconds(1)).AsTask().Watched());
        Assert.Null(gate.TryAcquire());
        await Assert.ThrowsAsync<TimeoutException>(() => gate.AcquireAsync(TimeSpan.FromMilliseconds(1)).AsTask().Watched());

        LockHandle again = gate.Reenter(held);
        Assert.Equal(2, gate.RecursionCount);
        held.Dispose();
        Assert.True(gate.IsHeld);
        Assert.Throws<SynchronizationLockException>(() => gate.Reenter(held));
        await Watchdog.Run(again.Dispose);
        Assert.False(gate.IsHeld);
    }

    [Fact]
    public void Reenter_HandleOfAThread_WorksOnThatThreadAndOnlyForItsLock()
    {
        using InterprocessRecursiveLock gate = new(), other = new();
        using LockHandle held = gate.Acquire();
        using (gate.Reenter(held))
        {
            Assert.Equal(2, gate.RecursionCount);
        }

        using LockHandle otherHeld = other.Acquire();
        Assert.Throws<SynchronizationLockException>(() => gate.Reenter(otherHeld));
        Assert.Throws<ArgumentNullException>(() => gate.Reenter(null!));
        using InterprocessRecursiveLock copy = Pickle.Loads<InterprocessRecursiveLock>(Pickle.Dumps(gate));
        using (copy.Reenter(held))
        {
            Assert.True(copy.IsHeldByCurrentThread);
            Assert.Equal(2, gate.RecursionCount);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_Cancelled_Throws()
    {
        using InterprocessRecursiveLock gate = new();
        using LockHandle held = await gate.AcquireAsync();
        using CancellationTokenSource source = new();
        Task<LockHandle> waiting = gate.AcquireAsync(cancellationToken: source.Token).AsTask();
        Task blocked = Watchdog.Run(() => gate.Acquire(cancellationToken: source.Token));
        source.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Watched());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => blocked);
        Assert.Equal(1, gate.RecursionCount);
    }

    // "blocking acquire waits for other threads (order of phases)"
    [Fact(Timeout = Limit)]
    public async Task Acquire_ManyThreadsAndTasksThatGoInAgain_CountExactly()
    {
        using InterprocessRecursiveLock gate = new();
        int count = 0;
        Task[] workers =
        [
            .. Enumerable.Range(0, 3).Select(_ => Watchdog.Run(() =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    using (gate.Acquire())
                    using (gate.Acquire())
                    {
                        count++;
                    }
                }
            })),
            .. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    using LockHandle handle = await gate.AcquireAsync();
                    using LockHandle again = gate.Reenter(handle);
                    count++;
                }
            })),
        ];
        await Task.WhenAll(workers).Watched();

        Assert.Equal(6000, count);
        Assert.False(gate.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_InWorkers_ExcludesThem()
    {
        using InterprocessRecursiveLock gate = new();
        using RawSharedValue<long> count = new();
        await using ProcessPool pool = new(2);
        await pool.MapAsync(
            _ =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    using LockHandle outer = gate.Acquire();
                    using LockHandle inner = gate.Acquire();
                    count.Value++;
                }

                return 0;
            },
            Enumerable.Range(0, 4),
            chunkSize: 1).Watched();

        Assert.Equal(8000, count.Value);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_HolderKilledDeepInside_PassesToAWaiterThatStartsAnew()
    {
        using InterprocessRecursiveLock gate = new();
        using RawSharedValue<int> isHeld = new();
        using WorkerProcess worker = WorkerProcess.Start(() =>
        {
            gate.Acquire();
            gate.Acquire();
            gate.Acquire();
            isHeld.Value = 1;
            Thread.Sleep(Timeout.Infinite);
        });
        await Eventually.TrueAsync(() => isHeld.Value == 1);
        Assert.Equal((3, worker.ProcessId), (gate.RecursionCount, gate.OwnerProcessId));
        Task<(bool, int)> waiting = Watchdog.Run(() =>
        {
            using LockHandle handle = gate.Acquire();
            return (handle.Abandoned, gate.RecursionCount);
        });
        worker.Kill();

        Assert.Equal((true, 1), await waiting);
        using LockHandle next = gate.Acquire();
        Assert.False(next.Abandoned);
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Lock_travels_as_argument_in_a_closure_and_as_a_result()
    {
        await using ProcessPool pool = new(1);
        using InterprocessRecursiveLock gate = await pool.ApplyAsync(static () => new InterprocessRecursiveLock()).Watched();
        using (await gate.AcquireAsync())
        {
            Assert.True(await pool.ApplyAsync(static g => g.TryAcquire() is null, gate).Watched());
            Assert.True(await pool.ApplyAsync(() => gate.TryAcquire() is null).Watched());
        }

        Assert.Equal(1, await pool.ApplyAsync(static g =>
        {
            using LockHandle handle = g.Acquire();
            return g.RecursionCount;
        }, gate).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileOthersWait_EndsTheirWaits()
    {
        InterprocessRecursiveLock gate = new();
        LockHandle held = await gate.AcquireAsync();
        Task<LockHandle> waiting = gate.AcquireAsync().AsTask();
        Task blocked = Watchdog.Run(() => gate.Acquire());
        gate.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.Watched());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => blocked);
        held.Dispose();
        Assert.Throws<ObjectDisposedException>(() => gate.Acquire());
        Assert.Throws<ObjectDisposedException>(() => gate.TryAcquire());
        Assert.Throws<ObjectDisposedException>(() => gate.IsHeldByCurrentThread);
        Assert.Throws<ObjectDisposedException>(() => gate.RecursionCount);
        Assert.Throws<ObjectDisposedException>(gate.Release);
        Assert.Throws<ObjectDisposedException>(() => gate.Reenter(held));
        Assert.Contains("disposed", gate.ToString(), StringComparison.Ordinal);
    }
}
