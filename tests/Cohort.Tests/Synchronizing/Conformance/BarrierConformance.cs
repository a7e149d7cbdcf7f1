using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class BarrierConformance(Agents agents)
{
    private const int Limit = 60_000;
    private const int Parties = Agents.Count + 1;

    public static TheoryData<Way, int> EachWayOnceAndTenTimes =>
        [.. Enum.GetValues<Way>().SelectMany(static way => new[] { (way, 1), (way, 10) })];

    /// <summary>test_barrier, test_barrier_10 of _TestBarrier and BarrierTests.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(EachWayOnceAndTenTimes))]
    public async Task Wait_KeepsAllInLockstep(Way way, int passes)
    {
        using Views<InterprocessBarrier> views = New(way);
        using RawSharedArray<int> counts = new(2);
        Task<int[]> others = views.Everywhere(barrier => Pass(barrier, counts, passes));
        int[] faults = await others.WaitAlongWith(views.Background(barrier => Pass(barrier, counts, passes)));

        Assert.All(faults, static count => Assert.Equal(0, count));
        Assert.Equal([passes * Parties, passes * Parties], counts.ToArray());
        Assert.Equal(0, views.Here.WaitingCount);

        static int Pass(InterprocessBarrier barrier, RawSharedArray<int> counts, int passes)
        {
            int faults = 0;
            for (int i = 1; i <= passes; i++)
            {
                Interlocked.Increment(ref counts[0]);
                barrier.Wait();
                faults += Volatile.Read(ref counts[0]) == i * Parties ? 0 : 1;
                Interlocked.Increment(ref counts[1]);
                barrier.Wait();
                faults += Volatile.Read(ref counts[1]) == i * Parties ? 0 : 1;
            }

            return faults;
        }
    }

    /// <summary>test_wait_return of both.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Wait_GivesEachPlaceOnce(Way way)
    {
        using Views<InterprocessBarrier> views = New(way);
        int[] places = await views.Everywhere(static barrier => barrier.Wait()).WaitAlongWith(views.Here.WaitAsync().AsTask());

        Assert.Equal(Enumerable.Range(0, Parties), places.Order());
    }

    /// <summary>test_action of both: once a pass, before anybody goes on.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Action_RunsOnceAPassBeforeAnybodyGoesOn(Way way)
    {
        // What an action counts has to reach every agent: it travels with an anonymous barrier, but not with a name.
        using RawSharedValue<int> runs = new();
        using Views<InterprocessBarrier> views = new(
            way, agents, () => new InterprocessBarrier(Parties, () => runs.Value++), name => InterprocessBarrier.OpenOrCreate(name, Parties, () => runs.Value++));
        Task<int[]> others = views.Everywhere(barrier => Pass(barrier, runs));
        int[] faults = await others.WaitAlongWith(views.Background(barrier => Pass(barrier, runs)));

        Assert.All(faults, static count => Assert.Equal(0, count));
        Assert.Equal(20, runs.Value);

        static int Pass(InterprocessBarrier barrier, RawSharedValue<int> runs)
        {
            int faults = 0;
            for (int i = 1; i <= 10; i++)
            {
                barrier.Wait();
                faults += Volatile.Read(ref runs.Ref) == (2 * i) - 1 ? 0 : 1;
                barrier.Wait();
            }

            return faults;
        }
    }

    /// <summary>_TestBarrier.test_timeout: one that comes late breaks it for all.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Wait_OneNeverComes_BreaksForAll(Way way)
    {
        using Views<InterprocessBarrier> views = New(way);
        string[] ends = await views.Everywhere(static barrier => Faults.Of(() => barrier.Wait(TimeSpan.FromMilliseconds(100))));

        Assert.All(ends, static end => Assert.Equal(nameof(BarrierBrokenException), end));
        Assert.True(views.Here.IsBroken);
        Assert.Equal(BarrierBreakReason.Timeout, Assert.Throws<BarrierBrokenException>(() => views.Here.Wait()).Reason);
    }

    /// <summary>test_default_timeout of both.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Wait_TheBarriersOwnTimeout_BreaksForAll(Way way)
    {
        using Views<InterprocessBarrier> views = new(
            way,
            agents,
            static () => new InterprocessBarrier(Parties, timeout: TimeSpan.FromMilliseconds(100)),
            static name => InterprocessBarrier.OpenOrCreate(name, Parties, timeout: TimeSpan.FromMilliseconds(100)));
        string[] ends = await views.Everywhere(static barrier => Faults.Of(() => barrier.Wait()));

        Assert.All(ends, static end => Assert.Equal(nameof(BarrierBrokenException), end));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task AbortAndReset_ByOne_ReachAll(Way way)
    {
        using Views<InterprocessBarrier> views = New(way);
        InterprocessBarrier here = views.Here;
        Task<string[]> waits = views.Everywhere(static barrier => Faults.Of(() => barrier.Wait()));
        await Eventually.TrueAsync(() => here.WaitingCount == Agents.Count);
        views.There.Abort();
        Assert.All(await waits, static end => Assert.Equal(nameof(BarrierBrokenException), end));
        Assert.True(await views.Elsewhere(static barrier => barrier.IsBroken));
        await views.Elsewhere(static barrier => Faults.Of(barrier.Reset));
        Assert.False(here.IsBroken);
        int[] places = await views.Everywhere(static barrier => barrier.Wait()).WaitAlongWith(here.WaitAsync().AsTask());

        Assert.Equal(Parties, places.Length);
    }

    /// <summary>test_single_thread of both.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Wait_OfOneParty_NeverBlocks(Way way)
    {
        using Views<InterprocessBarrier> views = new(
            way, agents, static () => new InterprocessBarrier(1), static name => InterprocessBarrier.OpenOrCreate(name, 1));

        Assert.Equal(0, views.Here.Wait(TimeSpan.Zero));
        Assert.Equal(0, await views.Elsewhere(static barrier => barrier.Wait() + barrier.Wait()));
    }

    private Views<InterprocessBarrier> New(Way way) =>
        new(way, agents, static () => new InterprocessBarrier(Parties), static name => InterprocessBarrier.OpenOrCreate(name, Parties));
}
