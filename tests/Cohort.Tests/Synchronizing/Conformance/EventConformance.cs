using System.Diagnostics;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class EventConformance(Agents agents)
{
    private const int Limit = 60_000;

    /// <summary>_TestEvent.test_event, test_repr; EventTests.test_is_set, test_repr.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task SetAndReset_ByEither_AreSeenInBothAndIdempotent(Way way)
    {
        using Views<InterprocessEvent> views = New(way);
        Assert.Equal((false, false, "InterprocessEvent (not set)"), await views.Elsewhere(static e => (e.IsSet, e.TryWait(), e.ToString())));
        views.Here.Set();
        views.Here.Set();
        Assert.Equal((true, true, "InterprocessEvent (set)"), await views.Elsewhere(static e => (e.IsSet, e.TryWait(), e.ToString())));
        await views.Elsewhere(static e => Faults.Of(e.Reset));
        views.Here.Reset();

        Assert.False(views.Here.IsSet);
        Assert.False(views.There.TryWait());
        await views.Elsewhere(static e => Faults.Of(e.Set));
        Assert.True(views.Here.IsSet);
    }

    /// <summary>_TestEvent.test_event: a child sets it; here all who wait come through, threads, tasks and other agents.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Set_WithWaiters_LetsAllThroughAlsoWhenResetAtOnce(Way way)
    {
        using Views<InterprocessEvent> views = New(way);
        Task<bool[]> others = views.Everywhere(static e => e.TryWait(Watchdog.Limit));
        Task own = views.Here.WaitAsync().AsTask();
        await Waiters.ComeToAsync(views.Here, Agents.Count + 1);
        Assert.False(own.IsCompleted);
        views.There.Set();
        views.There.Reset();
        await own.Watched();

        Assert.All(await others, Assert.True);
        Assert.Equal(0, Waiters.Of(views.Here));
    }

    /// <summary>EventTests.test_timeout; _TestEvent.test_event: what a wait returns.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Wait_NotSet_EndsWithItsTimeoutAndNoSooner(Way way)
    {
        using Views<InterprocessEvent> views = New(way);

        Assert.Equal((false, nameof(TimeoutException), true), await views.Elsewhere(static e =>
        {
            long start = Stopwatch.GetTimestamp();
            TimeSpan timeout = TimeSpan.FromMilliseconds(20);
            bool isSet = e.TryWait(timeout);
            string fault = Faults.Of(() => e.Wait(timeout));
            return (isSet, fault, Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 39);
        }));
        views.Here.Set();
        Assert.True(await views.Elsewhere(static e => e.TryWait(Watchdog.Limit)));
    }

    private Views<InterprocessEvent> New(Way way) =>
        new(way, agents, static () => new InterprocessEvent(), static name => InterprocessEvent.OpenOrCreate(name));
}
