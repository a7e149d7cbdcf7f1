using System.Diagnostics;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Comments in quotes are the cases of Python's tests that a test covers.</summary>
public sealed class InterprocessConditionTests
{
    private const int Limit = 60_000;
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(20);

    // "Condition acquire/release delegates; with given lock"; "lock constructor"; "acquire then release"
    [Fact]
    public void Acquire_and_release_are_those_of_the_lock()
    {
        using InterprocessCondition own = new();
        using InterprocessRecursiveLock recursive = new();
        using InterprocessLock plain = new();
        using InterprocessCondition ofRecursive = new(recursive), ofPlain = new(plain), alsoOfPlain = new(plain);
        Assert.Same(recursive, ofRecursive.RecursiveLock);
        Assert.Null(ofRecursive.Lock);
        Assert.Same(plain, ofPlain.Lock);
        Assert.Null(ofPlain.RecursiveLock);

        using (own.Acquire())
        using (own.TryAcquire())
        {
            Assert.Equal(2, own.RecursiveLock!.RecursionCount);
            own.Release();
            Assert.Throws<SynchronizationLockException>(() => Watchdog.Run(own.Release).GetAwaiter().GetResult());
        }

        Assert.False(own.RecursiveLock.IsHeld);
        ofPlain.Acquire();
        Assert.True(plain.IsHeld);
        Assert.Null(alsoOfPlain.TryAcquire());
        ofPlain.Release();
        Assert.Throws<SynchronizationLockException>(ofPlain.Release);
        Assert.Throws<ArgumentNullException>(() => new InterprocessCondition((InterprocessLock)null!));
    }

    // "wait un-acquired RuntimeError"; "notify un-acquired RuntimeError"; "_release_save unacquired RuntimeError"
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Wait_or_notify_without_the_lock_throws(bool recursive)
    {
        using InterprocessLock plain = new();
        using InterprocessCondition condition = recursive ? new() : new(plain);
        Assert.Throws<SynchronizationLockException>(() => condition.Wait());
        Assert.Throws<SynchronizationLockException>(() => condition.TryWait(s_short));
        Assert.Throws<SynchronizationLockException>(() => condition.WaitFor(static () => true));
        Assert.Throws<SynchronizationLockException>(() => condition.Notify());
        Assert.Throws<SynchronizationLockException>(() => condition.NotifyAll());
        Assert.Throws<SynchronizationLockException>(() => condition.ClearAbandoned());
        Assert.Throws<ArgumentOutOfRangeException>(() => condition.Notify(-1));
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_WhileAnotherThreadHoldsTheLock_Throws()
    {
        using InterprocessCondition condition = new();
        using ManualResetEventSlim isHeld = new(), end = new();
        Task holder = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            isHeld.Set();
            end.Wait();
        });
        await Watchdog.Run(isHeld.Wait);
        await Watchdog.Run(() => Assert.Throws<SynchronizationLockException>(() => condition.Wait()));
        await Watchdog.Run(() => Assert.Throws<SynchronizationLockException>(() => condition.Notify()));
        end.Set();
        await holder;
    }

    // "Condition.wait(timeout) returns False after timeout"; "wait returns False on timeout and True when notified"
    [Fact]
    public void TryWait_NobodyNotifies_IsFalseAfterItsTimeWithTheLockAsBefore()
    {
        using InterprocessCondition condition = new();
        using LockHandle outer = condition.Acquire();
        using LockHandle inner = condition.Acquire();
        long start = Stopwatch.GetTimestamp();

        Assert.False(condition.TryWait(s_short));
        Assert.True(Stopwatch.GetElapsedTime(start) >= s_short);
        Assert.False(condition.TryWait(TimeSpan.Zero));
        Assert.Throws<TimeoutException>(() => condition.Wait(s_short));
        Assert.Throws<TimeoutException>(() => condition.WaitFor(static () => false, s_short));
        Assert.Throws<ArgumentOutOfRangeException>(() => condition.TryWait(TimeSpan.FromSeconds(-3)));
        Assert.True(condition.RecursiveLock!.IsHeldByCurrentThread);
        Assert.Equal(2, condition.RecursiveLock.RecursionCount);
        Assert.False(condition.Abandoned);
    }

    // "releases fully (all recursion levels)"; "wait returns False on timeout and True when notified"
    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wait_GivesTheLockUpWhollyAndHasItBackAtTheSameDepth(bool recursive)
    {
        using InterprocessLock plain = new();
        using InterprocessCondition condition = recursive ? new() : new(plain);
        using SemaphoreSlim isHeld = new(0);
        Task waiter = Watchdog.Run(() =>
        {
            LockHandle[] levels = [.. Enumerable.Range(0, recursive ? 3 : 1).Select(_ => condition.Acquire())];
            isHeld.Release();
            Assert.True(condition.TryWait(Watchdog.Limit));
            Assert.Equal(3, condition.RecursiveLock?.RecursionCount ?? 3);

            // The handles are good again.
            Array.ForEach(levels, static level => level.Dispose());
        });
        await isHeld.WaitAsync().Watched();
        using (condition.Acquire(Watchdog.Limit))
        {
            condition.Notify();
        }

        await waiter;
        using LockHandle? free = condition.TryAcquire();
        Assert.NotNull(free);
    }

    // "Condition.notify wakes exactly one waiter per call among thread and process"; "notify(n) wakes exactly n, more than
    // waiting is fine"; "manager Condition in worker"
    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Notify_wakes_exactly_so_many_threads_tasks_and_processes(bool recursive)
    {
        using InterprocessLock plain = new();
        using InterprocessCondition condition = recursive ? new() : new(plain);
        using ConditionWaiters waiters = new(condition);
        Task[] here = [waiters.StartThread(), waiters.StartThread(), waiters.StartTask(), waiters.StartTask()];
        using WorkerProcess first = waiters.StartProcess(2), second = waiters.StartProcess(2);
        await waiters.UntilWaiting(8);
        await waiters.NotifyAsync(count: 1, expected: 1);
        await waiters.NotifyAsync(count: 0, expected: 0);
        await waiters.NotifyAsync(count: 3, expected: 3);
        await waiters.NotifyAsync(count: 1, expected: 1);
        await waiters.NotifyAsync(count: 100, expected: 3);
        await Task.WhenAll(here);
        await first.JoinAsync().Watched();
        await second.JoinAsync().Watched();

        Assert.Equal([0, 1, 0, 3, 1, 3], waiters.Woken[..6]);
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
    }

    [Fact(Timeout = Limit)]
    public async Task NotifyAll_wakes_all()
    {
        using InterprocessCondition condition = new();
        using ConditionWaiters waiters = new(condition);
        Task[] here = [.. Enumerable.Range(0, 5).Select(_ => waiters.StartThread()), .. Enumerable.Range(0, 20).Select(_ => waiters.StartTask())];
        await waiters.UntilWaiting(25);
        using (condition.Acquire())
        {
            condition.NotifyAll();
        }

        await Task.WhenAll(here);
        Assert.Equal(25, waiters.Woken[0]);
    }

    [Fact]
    public void Notify_BeforeAWait_IsLost()
    {
        using InterprocessCondition condition = new();
        using LockHandle held = condition.Acquire();
        condition.Notify();
        condition.NotifyAll();

        Assert.False(condition.TryWait(s_short));
    }

    // "wait_for timeout deducts elapsed time across notifications"; "wait_for without timeout"
    [Fact(Timeout = Limit)]
    public async Task WaitFor_asks_under_the_lock_at_each_notification()
    {
        using InterprocessCondition condition = new();
        using RawSharedValue<int> state = new();
        Task<bool> waiter = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            condition.WaitFor(() =>
            {
                Assert.True(condition.RecursiveLock!.IsHeldByCurrentThread);
                return state.Value == 4;
            });
            return condition.TryWaitFor(() => state.Value == 4, TimeSpan.Zero);
        });
        await Step(4);
        Assert.True(await waiter);

        Task<TimeSpan> late = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            long start = Stopwatch.GetTimestamp();
            Assert.False(condition.TryWaitFor(() => state.Value == -1, TimeSpan.FromMilliseconds(100)));
            return Stopwatch.GetElapsedTime(start);
        });
        while (!late.IsCompleted)
        {
            await Step(1);
        }

        Assert.True(await late >= TimeSpan.FromMilliseconds(100));

        async Task Step(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using LockHandle held = await Task.Run(async () => await condition.AcquireAsync());
                state.Value++;
                condition.Notify(1, held);
            }
        }
    }

    [Fact]
    public void WaitFor_PredicateThrows_KeepsTheLock()
    {
        using InterprocessCondition condition = new();
        using LockHandle held = condition.Acquire();

        Assert.Throws<FormatException>(() => condition.WaitFor(static () => throw new FormatException()));
        Assert.True(condition.RecursiveLock!.IsHeldByCurrentThread);
        Assert.Throws<ArgumentNullException>(() => condition.WaitFor(null!));
    }

    [Fact(Timeout = Limit)]
    public async Task Condition_and_lock_travel_together_and_keep_their_identity()
    {
        using InterprocessRecursiveLock gate = new();
        using InterprocessCondition first = new(gate), second = new(gate), own = new();
        await using ProcessPool pool = new(1);
        Assert.True(await pool.ApplyAsync(static all => IsOneLock(all.gate, all.first, all.second), (gate, first, second)).Watched());
        Assert.True(await pool.ApplyAsync(() => IsOneLock(gate, first, second)).Watched());
        (InterprocessCondition one, InterprocessCondition two) = await pool.ApplyAsync(static () =>
        {
            InterprocessLock plain = new();
            return (new InterprocessCondition(plain), new InterprocessCondition(plain));
        }).Watched();
        Assert.NotNull(one.Lock);
        Assert.Same(one.Lock, two.Lock);

        using InterprocessCondition copy = Pickle.Loads<InterprocessCondition>(Pickle.Dumps(own));
        using (own.Acquire())
        {
            // The same thread at the same lock.
            copy.Notify();
            Assert.True(copy.RecursiveLock!.IsHeldByCurrentThread);
        }

        using (await copy.AcquireAsync())
        {
            Assert.True(await pool.ApplyAsync(static c => c.TryAcquire() is null, own).Watched());
        }

        one.Dispose();
        two.Dispose();
        Assert.False(one.Lock!.IsHeld, "a given lock is not disposed with the condition");
        one.Lock.Dispose();
        own.Dispose();
        Assert.Throws<ObjectDisposedException>(() => own.RecursiveLock!.IsHeld);

        static bool IsOneLock(InterprocessRecursiveLock gate, InterprocessCondition first, InterprocessCondition second) =>
            ReferenceEquals(gate, first.RecursiveLock) && ReferenceEquals(gate, second.RecursiveLock);
    }

    [Fact]
    public void Loads_AsAnotherType_IsRefused()
    {
        using InterprocessCondition condition = new();
        using InterprocessRecursiveLock gate = new();
        using InterprocessLock plain = new();

        Assert.Throws<PickleException>(() => Pickle.Loads<InterprocessCondition>(Pickle.Dumps(gate)));
        Assert.Throws<PickleException>(() => Pickle.Loads<InterprocessRecursiveLock>(Pickle.Dumps(plain)));
    }

    [Fact(Timeout = Limit)]
    public async Task Producers_and_consumers_in_processes_lose_and_double_nothing()
    {
        const int PerProducer = 1500;
        using InterprocessLock gate = new();
        using InterprocessCondition notEmpty = new(gate), notFull = new(gate);
        using RawSharedArray<long> state = new(3);
        Action produce = () =>
        {
            for (int i = 1; i <= PerProducer; i++)
            {
                using LockHandle held = gate.Acquire();
                notFull.WaitFor(() => state[0] < 4);
                state[0]++;
                state[1] += i;
                notEmpty.Notify();
            }
        };
        Action consume = () =>
        {
            for (int i = 1; i <= PerProducer; i++)
            {
                using LockHandle held = gate.Acquire();
                notEmpty.WaitFor(() => state[0] > 0);
                state[0]--;
                state[2]++;
                notFull.Notify();
            }
        };
        using WorkerProcess producer = WorkerProcess.Start(produce), consumer = WorkerProcess.Start(consume);
        await Task.WhenAll(Watchdog.Run(produce), Watchdog.Run(consume), producer.JoinAsync().Watched(), consumer.JoinAsync().Watched());

        Assert.Equal((0, 0), (producer.ExitCode, consumer.ExitCode));
        Assert.Equal([0, PerProducer * (PerProducer + 1L), 2 * PerProducer], state);
    }
}
