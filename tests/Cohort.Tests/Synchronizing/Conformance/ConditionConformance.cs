using System.Diagnostics;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class ConditionConformance(Agents agents)
{
    private const int Limit = 60_000;

    /// <summary>_TestCondition.test_notify, test_notify_n: as many as it says, whoever waits; more than wait are fine.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Notify_WakesAsManyAsItSays(Way way)
    {
        using Views<InterprocessCondition> views = New(way);
        using RawSharedValue<int> waiting = new();
        using RawSharedArray<int> woken = new(3);
        using RawSharedValue<int> round = new();
        Task<int[]> others = views.Everywhere(condition => WaitOnce(condition, waiting, woken, round));
        Task<int> own = views.Background(condition => WaitOnce(condition, waiting, woken, round));
        await NotifyAsync(views.There, waiting, round, expected: 4, nextRound: 0, count: 1);
        await NotifyAsync(views.Here, waiting, round, expected: 3, nextRound: 1, count: 2);
        await NotifyAsync(views.There, waiting, round, expected: 1, nextRound: 2, count: 5);
        await others;
        await own;

        Assert.Equal([1, 2, 1], woken.ToArray());

        static int WaitOnce(InterprocessCondition condition, RawSharedValue<int> waiting, RawSharedArray<int> woken, RawSharedValue<int> round)
        {
            using LockHandle held = condition.Acquire();
            waiting.Value++;
            condition.Wait();
            waiting.Value--;
            return ++woken[round.Value];
        }

        static Task NotifyAsync(
            InterprocessCondition condition, RawSharedValue<int> waiting, RawSharedValue<int> round, int expected, int nextRound, int count) =>
            Eventually.TrueAsync(() =>
            {
                using LockHandle held = condition.Acquire(Watchdog.Limit);

                // With the lock held, all who are counted do wait.
                bool isTime = waiting.Value == expected;
                if (isTime)
                {
                    round.Value = nextRound;
                    condition.Notify(count);
                }

                return isTime;
            });
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task NotifyAll_WakesAllThreadsTasksAndOtherAgents(Way way)
    {
        using Views<InterprocessCondition> views = New(way);
        using RawSharedValue<int> waiting = new();
        Task<int[]> others = views.Everywhere(condition =>
        {
            using LockHandle held = condition.Acquire();
            waiting.Value++;
            condition.Wait();
            return condition.RecursiveLock!.RecursionCount;
        });
        LockHandle own = await views.Here.AcquireAsync();
        waiting.Value++;
        ValueTask wait = views.Here.WaitAsync(own);
        InterprocessCondition there = views.There;
        await Eventually.TrueAsync(() =>
        {
            using LockHandle held = there.Acquire(Watchdog.Limit);
            if (waiting.Value != Agents.Count + 1)
            {
                return false;
            }

            there.NotifyAll();
            return true;
        });
        await wait.AsTask().Watched();
        own.Dispose();

        Assert.All(await others, static depth => Assert.Equal(1, depth));
    }

    /// <summary>_TestCondition.test_timeout, test_wait_result; ConditionTests.test_timeout.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Wait_NotNotified_EndsWithItsTimeoutAndTheLockHeld(Way way)
    {
        using Views<InterprocessCondition> views = New(way);

        Assert.Equal((false, nameof(TimeoutException), true, 1), await views.Elsewhere(static condition =>
        {
            using LockHandle held = condition.Acquire();
            long start = Stopwatch.GetTimestamp();
            TimeSpan timeout = TimeSpan.FromMilliseconds(20);
            bool isNotified = condition.TryWait(timeout);
            string fault = Faults.Of(() => condition.Wait(timeout));
            return (isNotified, fault, Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 39, condition.RecursiveLock!.RecursionCount);
        }));
    }

    /// <summary>ConditionTests.test_waitfor; _TestCondition.test_waitfor_timeout: notifications in between do not make it longer.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task WaitFor_LooksAtEachNotificationAndEndsInTime(Way way)
    {
        using Views<InterprocessCondition> views = New(way);
        using RawSharedValue<int> state = new();
        Task<int> other = views.Elsewhere(condition =>
        {
            using LockHandle held = condition.Acquire();
            condition.WaitFor(() => state.Value == 4);
            return state.Value;
        });
        for (int i = 0; i < 4; i++)
        {
            using LockHandle held = views.Here.Acquire();
            state.Value++;
            views.Here.Notify();
            held.Dispose();
        }

        Assert.Equal(4, await other);
        Task<(bool IsLate, bool IsTrue)> late = views.Elsewhere(static condition =>
        {
            using LockHandle held = condition.Acquire();
            long start = Stopwatch.GetTimestamp();
            bool isTrue = condition.TryWaitFor(static () => false, TimeSpan.FromMilliseconds(100));
            return (Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 99, isTrue);
        });

        // Were each to begin the wait anew, it would never end.
        while (!late.IsCompleted)
        {
            using LockHandle held = views.Here.Acquire();
            views.Here.NotifyAll();
        }

        Assert.Equal((true, false), await late);
    }

    /// <summary>ConditionTests.test_acquire, test_unacquired_wait, test_unacquired_notify.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task WaitAndNotify_HeldByAnotherOrNobody_Throw(Way way)
    {
        using Views<InterprocessCondition> views = New(way);
        const string Expected = "SynchronizationLockException SynchronizationLockException SynchronizationLockException";
        Assert.Equal(Expected, await views.Elsewhere(static condition => TryAll(condition)));
        using (await views.Here.AcquireAsync())
        {
            Assert.True(views.There.RecursiveLock!.IsHeld);
            Assert.Equal(Expected, await views.Elsewhere(static condition => TryAll(condition)));
            Assert.True(await views.Elsewhere(static condition => condition.TryAcquire() is null));
        }

        static string TryAll(InterprocessCondition condition) =>
            string.Join(' ', Faults.Of(() => condition.Wait()), Faults.Of(() => condition.Notify()), Faults.Of(condition.Release));
    }

    private Views<InterprocessCondition> New(Way way) =>
        new(way, agents, static () => new InterprocessCondition(), static name => InterprocessCondition.OpenOrCreate(name));
}
