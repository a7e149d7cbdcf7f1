using System.Diagnostics;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class LockConformance(Agents agents)
{
    private const int Limit = 60_000;

    /// <summary>_TestLock.test_lock; BaseLockTests.test_constructor, test_acquire_release, test_try_acquire, test_try_acquire_contended.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Acquire_Held_IsSeenAndRefusedEverywhere(Way way)
    {
        using Views<InterprocessLock> views = New(way);
        Assert.False(views.There.IsHeld);
        using (views.Here.Acquire())
        {
            Assert.True(views.There.IsHeld);
            Assert.Equal(Environment.ProcessId, views.There.OwnerProcessId);
            Assert.Null(views.There.TryAcquire());
            Assert.Equal((true, true, true), await views.Elsewhere(static gate =>
                (gate.IsHeld, gate.TryAcquire() is null, gate.TryAcquire(TimeSpan.FromMilliseconds(20)) is null)));
        }

        Assert.True(await views.Elsewhere(static gate =>
        {
            using LockHandle? handle = gate.TryAcquire();
            return handle is { Abandoned: false };
        }));
        Assert.False(views.Here.IsHeld);
    }

    /// <summary>BaseLockTests.test_acquire_contended; LockTests.test_reacquire: whoever has it waits for itself, too.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Acquire_Held_WaitsForTheRelease(Way way)
    {
        using Views<InterprocessLock> views = New(way);
        using RawSharedValue<int> stage = new();
        LockHandle held = views.Here.Acquire();
        Task<int> other = views.Elsewhere(gate => Pass(gate, stage));
        Task<int> own = views.Background(gate => Pass(gate, stage));
        await Eventually.TrueAsync(() => stage.Value == 2);
        Assert.False(other.IsCompleted);
        Assert.False(own.IsCompleted);
        stage.Value = 10;
        held.Dispose();

        Assert.Equal(10, await other);
        Assert.Equal(10, await own);

        static int Pass(InterprocessLock gate, RawSharedValue<int> stage)
        {
            Interlocked.Increment(ref stage.Ref);
            using (gate.Acquire())
            {
                return stage.Value;
            }
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Acquire_ByAllAtOnce_LetsInOneAtATime(Way way)
    {
        using Views<InterprocessLock> views = New(way);
        using RawSharedValue<int> count = new();
        await Task.WhenAll(views.Everywhere(gate => Count(gate, count)), views.Background(gate => Count(gate, count)));

        Assert.Equal((Agents.Count + 1) * 500, count.Value);

        static int Count(InterprocessLock gate, RawSharedValue<int> count)
        {
            for (int i = 0; i < 500; i++)
            {
                using (gate.Acquire())
                {
                    count.Value++;
                }
            }

            return 0;
        }
    }

    /// <summary>LockTests.test_different_thread: the one that releases need not be the one that acquired.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Release_ByTheOther_FreesIt(Way way)
    {
        using Views<InterprocessLock> views = New(way);
        views.Here.Acquire();
        await views.Elsewhere(static gate => Faults.Of(gate.Release));
        Assert.False(views.Here.IsHeld);
        await views.Elsewhere(static gate => gate.Acquire() is null);
        Assert.True(views.Here.IsHeld);
        views.Here.Release();

        Assert.False(views.There.IsHeld);
    }

    /// <summary>_TestLock.test_lock: one release too many.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Release_NotHeld_Throws(Way way)
    {
        using Views<InterprocessLock> views = New(way);
        views.Here.Acquire().Dispose();

        Assert.Throws<SynchronizationLockException>(views.Here.Release);
        Assert.Equal(nameof(SynchronizationLockException), await views.Elsewhere(static gate => Faults.Of(gate.Release)));
    }

    /// <summary>_TestLock.test_lock_context; BaseLockTests.test_with.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Using_Exception_Releases(Way way)
    {
        using Views<InterprocessLock> views = New(way);

        Assert.Equal(nameof(FormatException), await views.Elsewhere(static gate => Faults.Of(() =>
        {
            using (gate.Acquire())
            {
                throw new FormatException();
            }
        })));
        Assert.False(views.Here.IsHeld);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Acquire_Timeout_EndsNoSooner(Way way)
    {
        using Views<InterprocessLock> views = New(way);
        using LockHandle held = await views.Here.AcquireAsync();

        Assert.Equal((nameof(TimeoutException), true), await views.Elsewhere(static gate =>
        {
            long start = Stopwatch.GetTimestamp();
            string fault = Faults.Of(() => gate.Acquire(TimeSpan.FromMilliseconds(30)));
            return (fault, Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 29);
        }));
    }

    private Views<InterprocessLock> New(Way way) =>
        new(way, agents, static () => new InterprocessLock(), static name => InterprocessLock.OpenOrCreate(name));
}
