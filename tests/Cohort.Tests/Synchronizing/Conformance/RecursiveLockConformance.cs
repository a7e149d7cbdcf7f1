using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class RecursiveLockConformance(Agents agents)
{
    private const int Limit = 60_000;

    /// <summary>_TestLock.test_rlock; RLockTests.test_reacquire, test_recursion_count.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Acquire_ThreeTimes_IsFreeAfterAsManyReleases(Way way)
    {
        using Views<InterprocessRecursiveLock> views = New(way);

        // On threads of their own: what follows an await may run on another.
        Assert.Equal("1 2 3 2 1 0 SynchronizationLockException", await views.Elsewhere(static gate => UpAndDown(gate)));
        Assert.Equal("1 2 3 2 1 0 SynchronizationLockException", await views.Background(static gate => UpAndDown(gate)));
        Assert.False(views.There.IsHeld);

        static string UpAndDown(InterprocessRecursiveLock gate)
        {
            List<string> counts = [];
            for (int i = 0; i < 3; i++)
            {
                gate.Acquire();
                counts.Add($"{gate.RecursionCount}");
            }

            for (int i = 0; i < 3; i++)
            {
                gate.Release();
                counts.Add($"{gate.RecursionCount}");
            }

            return string.Join(' ', [.. counts, Faults.Of(gate.Release)]);
        }
    }

    /// <summary>RLockTests.test__is_owned, test_release_unacquired, test_release_save_unacquired; BaseLockTests.test_try_acquire_contended.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Held_ByOneAgent_BelongsToItAlone(Way way)
    {
        using Views<InterprocessRecursiveLock> views = New(way);
        using InterprocessEvent isHeld = new();
        using InterprocessEvent end = new();
        Task<bool> holder = views.Background(gate =>
        {
            gate.Acquire();
            gate.Acquire();
            isHeld.Set();
            end.Wait();
            bool isMine = gate.IsHeldByCurrentThread && gate.RecursionCount == 2;
            gate.Release();
            gate.Release();
            return isMine;
        });
        await isHeld.WaitAsync();

        Assert.Equal((false, 2, true, nameof(SynchronizationLockException)), await views.Elsewhere(static gate =>
            (gate.IsHeldByCurrentThread, gate.RecursionCount, gate.TryAcquire(TimeSpan.FromMilliseconds(10)) is null, Faults.Of(gate.Release))));
        end.Set();
        Assert.True(await holder);
        Assert.True(await views.Elsewhere(static gate =>
        {
            using LockHandle? handle = gate.TryAcquire();
            return gate.IsHeldByCurrentThread;
        }));
    }

    /// <summary>BaseLockTests.test_acquire_contended, test_with.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Acquire_ByAllAtOnce_LetsInOneAtATime(Way way)
    {
        using Views<InterprocessRecursiveLock> views = New(way);
        using RawSharedValue<int> count = new();
        string[] ends = await views.Everywhere(gate => Count(gate, count));
        Assert.Equal(nameof(FormatException), await views.Background(gate => Count(gate, count)));

        Assert.All(ends, static end => Assert.Equal(nameof(FormatException), end));
        Assert.Equal((Agents.Count + 1) * 300, count.Value);
        Assert.False(views.Here.IsHeld);

        static string Count(InterprocessRecursiveLock gate, RawSharedValue<int> count) => Faults.Of(() =>
        {
            for (int i = 0; i < 300; i++)
            {
                using (gate.Acquire())
                using (gate.Acquire())
                {
                    count.Value++;
                }
            }

            using (gate.Acquire())
            using (gate.Acquire())
            {
                throw new FormatException();
            }
        });
    }

    /// <summary>A handle stands for the holder, wherever it goes in again.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Reenter_ByHandle_KeepsOthersOutUntilAllAreDisposed(Way way)
    {
        using Views<InterprocessRecursiveLock> views = New(way);
        LockHandle outer = await views.Here.AcquireAsync();
        LockHandle inner = views.Here.Reenter(outer);
        outer.Dispose();
        Assert.True(await views.Elsewhere(static gate => gate.TryAcquire() is null));
        inner.Dispose();

        Assert.False(await views.Elsewhere(static gate => gate.IsHeld));
    }

    private Views<InterprocessRecursiveLock> New(Way way) =>
        new(way, agents, static () => new InterprocessRecursiveLock(), static name => InterprocessRecursiveLock.OpenOrCreate(name));
}
