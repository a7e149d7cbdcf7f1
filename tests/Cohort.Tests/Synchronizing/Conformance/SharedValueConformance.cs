using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class SharedValueConformance(Agents agents)
{
    private const int Limit = 60_000;

    /// <summary>_TestValue.test_value: every type starts as told, and what the other assigns is seen here.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Value_OfEachType_IsAssignedElsewhere(Way way)
    {
        await AssignAsync(way, (byte)1, static _ => 255);
        await AssignAsync(way, (sbyte)-1, static _ => 100);
        await AssignAsync(way, 'a', static _ => 'é');
        await AssignAsync(way, (short)-3, static x => (short)(x * 2));
        await AssignAsync(way, (ushort)3, static x => (ushort)(x * 2));
        await AssignAsync(way, -4, static x => x * 2);
        await AssignAsync(way, 4u, static x => x * 2);
        await AssignAsync(way, long.MinValue, static _ => long.MaxValue);
        await AssignAsync(way, ulong.MaxValue, static x => x - 1);
        await AssignAsync(way, 1.5f, static x => x * 2);
        await AssignAsync(way, -1.25, static x => x * 2);
        await AssignAsync(way, 7.5m, static x => x * 2);
        await AssignAsync(way, true, static x => !x);
    }

    /// <summary>_TestValue.test_rawvalue.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task RawValue_IsAssignedElsewhere(Way way)
    {
        using Views<RawSharedValue<double>> views = new(way, agents, static () => new RawSharedValue<double>(2.5), open: null);

        Assert.Equal(2.5, await views.Elsewhere(static value =>
        {
            double before = value.Value;
            value.Value = 7;
            return before;
        }));
        Assert.Equal(7, views.Here.Value);
    }

    /// <summary>_TestValue.test_getobj_getlock; _TestSharedCTypes.test_synchronize: the lock is the same for all.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Lock_HeldHere_KeepsTheOtherOut(Way way)
    {
        using Views<SharedValue<int>> views = New(way);
        using (await views.Here.Lock.AcquireAsync())
        {
            views.Here.Raw.Value = 3;
            Assert.Equal((true, 3), await views.Elsewhere(static value => (value.Lock.TryAcquire() is null, value.Raw.Value)));
        }

        Assert.Equal(3, await views.Elsewhere(static value => value.Value));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Update_ByAllAtOnce_CountsExactly(Way way)
    {
        using Views<SharedValue<int>> views = New(way);
        await views.Everywhere(static value => Enumerable.Range(0, 300).Select(_ => value.Update(static x => x + 1)).Sum());

        Assert.Equal(Agents.Count * 300, views.Here.Value);
    }

    private async Task AssignAsync<T>(Way way, T initial, Func<T, T> change)
        where T : unmanaged
    {
        using Views<SharedValue<T>> views = new(way, agents, () => new SharedValue<T>(initial), open: null);
        T after = await views.Elsewhere(value => value.Update(change));

        Assert.Equal(change(initial), after);
        Assert.Equal(after, views.Here.Value);
    }

    private Views<SharedValue<int>> New(Way way) => new(way, agents, static () => new SharedValue<int>(), open: null);
}
