using System.Diagnostics;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

/// <summary>What both semaphores do alike is shown with each; at the end what sets them apart.</summary>
[Collection(Agents.Name)]
public sealed class SemaphoreConformance(Agents agents)
{
    private const int Limit = 60_000;

    public static TheoryData<Way, bool> EachWayAndKind =>
        [.. Enum.GetValues<Way>().SelectMany(static way => new[] { (way, false), (way, true) })];

    /// <summary>_TestSemaphore.test_semaphore, test_bounded_semaphore; BaseSemaphoreTests.test_acquire, test_try_acquire.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(EachWayAndKind))]
    public async Task Permits_TakenAndGivenByEither_AreCountedInBoth(Way way, bool isBounded)
    {
        using Views<SemaphoreBase> views = New(way, isBounded);
        Assert.Equal(2, views.There.CurrentCount);
        views.Here.Acquire();
        Assert.Equal((1, true, 0, false), await views.Elsewhere(static s => (s.CurrentCount, s.TryAcquire(), s.CurrentCount, s.TryAcquire())));
        Assert.False(views.Here.TryAcquire());
        views.There.Release();
        Assert.True(views.Here.TryAcquire());
        await views.Elsewhere(static s => Faults.Of(() => s.Release(2)));

        Assert.Equal(2, views.Here.CurrentCount);
    }

    /// <summary>_TestSemaphore.test_timeout; BaseSemaphoreTests.test_acquire_timeout.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(EachWayAndKind))]
    public async Task Acquire_None_EndsWithItsTimeoutAndNoSooner(Way way, bool isBounded)
    {
        using Views<SemaphoreBase> views = New(way, isBounded);
        views.Here.Acquire();
        views.Here.Acquire();

        Assert.Equal((false, nameof(TimeoutException), nameof(ArgumentOutOfRangeException), true), await views.Elsewhere(static s =>
        {
            long start = Stopwatch.GetTimestamp();
            TimeSpan timeout = TimeSpan.FromMilliseconds(20);
            bool isTaken = s.TryAcquire(timeout);
            string fault = Faults.Of(() => s.Acquire(timeout));
            bool isLongEnough = Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 39;
            return (isTaken, fault, Faults.Of(() => s.Acquire(TimeSpan.FromSeconds(-5))), isLongEnough);
        }));
        Assert.Equal(0, views.Here.CurrentCount);
    }

    /// <summary>BaseSemaphoreTests.test_multirelease.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(EachWayAndKind))]
    public async Task Release_OfSeveral_FreesAsManyWaiters(Way way, bool isBounded)
    {
        using Views<SemaphoreBase> views = New(way, isBounded);
        using RawSharedValue<int> through = new();
        views.Here.Acquire();
        views.Here.Acquire();
        Task<int[]> waits = views.Everywhere(s =>
        {
            s.Acquire();
            return Interlocked.Increment(ref through.Ref);
        });
        await Waiters.ComeToAsync(views.Here, Agents.Count);
        Assert.Equal(0, through.Value);
        views.Here.Release(2);
        await Waiters.ComeToAsync(views.Here, Agents.Count - 2);
        await Eventually.TrueAsync(() => through.Value == 2);
        Assert.Equal(0, views.There.CurrentCount);
        views.There.Release(Agents.Count - 2);
        await waits;

        Assert.Equal(0, Waiters.Of(views.Here));
    }

    /// <summary>BaseSemaphoreTests.test_with: in C# it is try and finally; and two at a time is as many as there are permits.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(EachWayAndKind))]
    public async Task Acquire_ByAllAtOnce_NeverMoreThanThereArePermits(Way way, bool isBounded)
    {
        using Views<SemaphoreBase> views = New(way, isBounded);
        using RawSharedValue<int> inside = new();
        int[] most = await views.Everywhere(s =>
        {
            int most = 0;
            for (int i = 0; i < 300; i++)
            {
                s.Acquire();
                try
                {
                    most = Math.Max(most, Interlocked.Increment(ref inside.Ref));
                }
                finally
                {
                    Interlocked.Decrement(ref inside.Ref);
                    s.Release();
                }
            }

            return most;
        });

        Assert.All(most, static m => Assert.InRange(m, 1, 2));
        Assert.Equal(2, views.Here.CurrentCount);
    }

    /// <summary>SemaphoreTests.test_release_unacquired and BoundedSemaphoreTests.test_release_unacquired.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(EachWayAndKind))]
    public async Task Release_NotAcquired_IsOneMoreOrRefusedWithABound(Way way, bool isBounded)
    {
        using Views<SemaphoreBase> views = New(way, isBounded);

        Assert.Equal(isBounded ? nameof(SemaphoreFullException) : "none", await views.Elsewhere(static s => Faults.Of(() => s.Release())));
        Assert.Equal(isBounded ? 2 : 3, views.Here.CurrentCount);
        views.Here.Acquire();
        Assert.Equal(isBounded ? nameof(SemaphoreFullException) : "none", await views.Elsewhere(static s => Faults.Of(() => s.Release(2))));
        Assert.Equal(isBounded ? 1 : 4, views.Here.CurrentCount);
    }

    private Views<SemaphoreBase> New(Way way, bool isBounded) => isBounded
        ? new(way, agents, static () => new BoundedInterprocessSemaphore(2), static name => BoundedInterprocessSemaphore.OpenOrCreate(name, 2))
        : new(way, agents, static () => new InterprocessSemaphore(2), static name => InterprocessSemaphore.OpenOrCreate(name, 2));
}
