using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Waits that end otherwise than by being notified, and waits of code that awaits.</summary>
public sealed class InterprocessConditionEndingTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Wait_Cancelled_ThrowsWithTheLockHeldAtTheSameDepth()
    {
        using InterprocessCondition condition = new();
        using CancellationTokenSource source = new();
        using SemaphoreSlim isHeld = new(0);
        Task waiter = Watchdog.Run(() =>
        {
            using LockHandle outer = condition.Acquire();
            using LockHandle inner = condition.Acquire();
            isHeld.Release();
            OperationCanceledException thrown = Assert.Throws<OperationCanceledException>(() => condition.Wait(null, source.Token));
            Assert.Equal(source.Token, thrown.CancellationToken);
            Assert.True(condition.RecursiveLock!.IsHeldByCurrentThread);
            Assert.Equal(2, condition.RecursiveLock.RecursionCount);

            // Cancelled before, it does not even let go.
            Assert.Throws<OperationCanceledException>(() => condition.TryWait(TimeSpan.Zero, source.Token));
        });
        await isHeld.WaitAsync().Watched();
        (await condition.AcquireAsync().AsTask().Watched()).Dispose();
        source.Cancel();
        await waiter;

        Assert.False(condition.RecursiveLock!.IsHeld);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Wait_CancelledWhileNotified_NeverLosesTheNotification(bool quitterIsAsync, bool timesOut)
    {
        using InterprocessCondition condition = new();
        Random random = new(4711);
        for (int round = 0; round < 150; round++)
        {
            using CancellationTokenSource source = new();
            TimeSpan timeout = timesOut ? TimeSpan.FromMicroseconds(random.Next(3000)) : Timeout.InfiniteTimeSpan;
            using ConditionWaiters other = new(condition);
            Task stays = round % 2 == 0 ? other.StartTask() : other.StartThread();
            await other.UntilWaiting(1);
            using SemaphoreSlim isHeld = new(0);
            Task<bool> quits = quitterIsAsync
                ? Task.Run(() => TryWaitAsync(condition, isHeld, timeout, source.Token)).Watched()
                : Watchdog.Run(() => TryWait(condition, isHeld, timeout, source.Token));
            await isHeld.WaitAsync().Watched();
            using (LockHandle held = await condition.AcquireAsync().AsTask().Watched())
            {
                condition.Notify(1, held);
                if (!timesOut && random.Next(2) == 0)
                {
                    source.Cancel();
                }
            }

            Thread.SpinWait(random.Next(2000));
            source.Cancel();
            if (await quits)
            {
                await other.NotifyAsync(count: 1, expected: 1);
            }

            // Otherwise the one notification is for the one that stayed.
            await stays;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAsync_GivesTheLockUpAndHasItBackForItsHandle()
    {
        using InterprocessCondition condition = new();
        LockHandle held = await condition.AcquireAsync();
        using LockHandle again = condition.RecursiveLock!.Reenter(held);
        ValueTask<bool> waiting = condition.TryWaitAsync(held, Watchdog.Limit);
        Assert.False(waiting.IsCompleted);
        using (LockHandle? other = condition.TryAcquire())
        {
            Assert.NotNull(other);
            condition.Notify();
            Assert.Equal(1, condition.RecursiveLock.RecursionCount);
        }

        Assert.True(await waiting.AsTask().Watched());
        Assert.Equal(2, condition.RecursiveLock.RecursionCount);
        condition.Notify(1, again);
        Assert.False(await condition.TryWaitAsync(again, TimeSpan.FromMilliseconds(1)).AsTask().Watched());
        await Assert.ThrowsAsync<TimeoutException>(() => condition.WaitAsync(held, TimeSpan.Zero).AsTask().Watched());
        await Assert.ThrowsAsync<TimeoutException>(
            () => condition.WaitForAsync(held, static () => false, TimeSpan.FromMilliseconds(1)).AsTask().Watched());
        Assert.False(await condition.TryWaitForAsync(held, static () => false, TimeSpan.Zero).AsTask().Watched());
        await condition.WaitForAsync(held, static () => true).AsTask().Watched();
        using CancellationTokenSource source = new(20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => condition.WaitAsync(held, null, source.Token).AsTask().Watched());
        Assert.Equal(2, condition.RecursiveLock.RecursionCount);
        held.Dispose();
        again.Dispose();

        Assert.False(condition.RecursiveLock.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAsync_HandleThatDoesNotHoldTheLock_Throws()
    {
        using InterprocessLock plain = new();
        using InterprocessCondition condition = new(), other = new(plain);
        LockHandle old = await condition.AcquireAsync();
        old.Dispose();
        await Assert.ThrowsAsync<SynchronizationLockException>(() => condition.WaitAsync(old).AsTask());
        await Assert.ThrowsAsync<ArgumentNullException>(() => condition.WaitAsync(null!).AsTask());
        using (LockHandle held = await condition.AcquireAsync())
        using (LockHandle otherHeld = await other.AcquireAsync())
        {
            await Assert.ThrowsAsync<SynchronizationLockException>(() => condition.WaitAsync(old).AsTask());
            await Assert.ThrowsAsync<SynchronizationLockException>(() => condition.WaitAsync(otherHeld).AsTask());
            Assert.Throws<SynchronizationLockException>(() => condition.Notify(1, otherHeld));
            Assert.Throws<SynchronizationLockException>(() => condition.Notify());
            Assert.Throws<SynchronizationLockException>(() => condition.Wait());
            Assert.False(await other.TryWaitAsync(otherHeld, TimeSpan.Zero));
        }

        // A thread's acquisition cannot be waited with after an await; to notify is fine.
        using LockHandle threads = condition.Acquire();
        condition.NotifyAll(threads);
        Assert.Throws<SynchronizationLockException>(() => condition.WaitAsync(threads).AsTask().GetAwaiter().GetResult());
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAsync_HandleDisposedMeanwhile_EndsWithTheLockFree()
    {
        using InterprocessCondition condition = new();
        LockHandle held = await condition.AcquireAsync();
        ValueTask waiting = condition.WaitAsync(held);
        held.Dispose();
        using (LockHandle notifier = await condition.AcquireAsync())
        {
            condition.Notify(1, notifier);
        }

        await Assert.ThrowsAsync<SynchronizationLockException>(() => waiting.AsTask().Watched());
        Assert.False(condition.RecursiveLock!.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAsync_AnotherHandleDisposedMeanwhile_CountsAtTheEnd()
    {
        using InterprocessCondition condition = new();
        LockHandle held = await condition.AcquireAsync();
        LockHandle inner = condition.RecursiveLock!.Reenter(held);
        ValueTask waiting = condition.WaitAsync(held);
        inner.Dispose();
        using (LockHandle notifier = await condition.AcquireAsync())
        {
            condition.Notify(1, notifier);
        }

        await waiting.AsTask().Watched();
        Assert.Equal(1, condition.RecursiveLock.RecursionCount);
        held.Dispose();
        Assert.False(condition.RecursiveLock.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_ConditionWhileWaiting_ThrowsWithAGivenLockHeld()
    {
        using InterprocessRecursiveLock gate = new();
        InterprocessCondition condition = new(gate);
        using SemaphoreSlim isHeld = new(0);
        Task blocked = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            isHeld.Release();
            Assert.Throws<ObjectDisposedException>(() => condition.Wait());
            Assert.True(gate.IsHeldByCurrentThread);
        });
        await isHeld.WaitAsync().Watched();
        LockHandle handle = await condition.AcquireAsync().AsTask().Watched();
        ValueTask waiting = condition.WaitAsync(handle);
        condition.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.AsTask().Watched());
        Assert.True(gate.IsHeld);
        handle.Dispose();
        await blocked;

        Assert.False(gate.IsHeld);
        Assert.Throws<ObjectDisposedException>(() => condition.Acquire());
        Assert.Throws<ObjectDisposedException>(() => condition.TryAcquire());
        Assert.Throws<ObjectDisposedException>(condition.Release);
        Assert.Throws<ObjectDisposedException>(() => condition.Wait());
        Assert.Throws<ObjectDisposedException>(() => condition.NotifyAll());
        Assert.Throws<ObjectDisposedException>(() => condition.Abandoned);
        Assert.Contains("disposed", condition.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_LockWhileWaiting_EndsTheWaitWithoutIt()
    {
        InterprocessCondition condition = new();
        using InterprocessCondition elsewhere = Pickle.Loads<InterprocessCondition>(Pickle.Dumps(condition));
        LockHandle handle = await condition.AcquireAsync();
        ValueTask waiting = condition.WaitAsync(handle);
        using SemaphoreSlim isHeld = new(0);
        Task blocked = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            isHeld.Release();
            Assert.Throws<ObjectDisposedException>(() => condition.Wait());
        });
        await isHeld.WaitAsync().Watched();
        (await elsewhere.AcquireAsync().AsTask().Watched()).Dispose();
        condition.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.AsTask().Watched());
        await blocked;

        // For others it is as if those waits had died.
        using LockHandle free = elsewhere.Acquire(Watchdog.Limit);
        Assert.False(free.Abandoned);
        elsewhere.NotifyAll();
    }

    [Fact(Timeout = Limit)]
    public async Task Notify_SomeWaitersWereKilled_ReachesTheOneThatLives()
    {
        using InterprocessCondition condition = new();
        using ConditionWaiters dead = new(condition), alive = new(condition);
        using WorkerProcess worker = dead.StartProcess(3);
        await dead.UntilWaiting(3);
        Task waiter = alive.StartThread();
        await alive.UntilWaiting(1);
        worker.Kill();
        await worker.JoinAsync().Watched();
        await alive.NotifyAsync(count: 1, expected: 1);
        await waiter;
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wait_LockComesFromADeadProcess_TellsItUntilCleared(bool diedNotifying)
    {
        using InterprocessCondition condition = new();
        using RawSharedValue<int> isHeld = new();
        using SemaphoreSlim isWaiting = new(0);
        Task waiter = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            isWaiting.Release();
            Assert.False(condition.Abandoned);
            condition.WaitFor(() => condition.Abandoned);
            Assert.False(condition.TryWait(TimeSpan.Zero));
            Assert.True(condition.Abandoned);
            condition.ClearAbandoned();
            Assert.False(condition.Abandoned);
        });
        await isWaiting.WaitAsync().Watched();
        using WorkerProcess worker = WorkerProcess.Start(HoldForEver, condition, isHeld, diedNotifying);
        await Eventually.TrueAsync(() => isHeld.Value == 1);
        worker.Kill();
        await waiter;
        await worker.JoinAsync().Watched();

        static void HoldForEver(InterprocessCondition condition, RawSharedValue<int> isHeld, bool notifies)
        {
            condition.Acquire();
            condition.Notify(notifies ? 1 : 0);
            isHeld.Value = 1;
            Thread.Sleep(Timeout.Infinite);
        }
    }

    private static bool TryWait(
        InterprocessCondition condition, SemaphoreSlim isHeld, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using LockHandle held = condition.Acquire();
        isHeld.Release();
        try
        {
            return condition.TryWait(timeout, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            Assert.True(condition.RecursiveLock!.IsHeldByCurrentThread);
        }
    }

    private static async Task<bool> TryWaitAsync(
        InterprocessCondition condition, SemaphoreSlim isHeld, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using LockHandle held = await condition.AcquireAsync();
        isHeld.Release();
        try
        {
            return await condition.TryWaitAsync(held, timeout, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            condition.RecursiveLock!.Reenter(held).Dispose();
        }
    }
}
