using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class SharedArrayConformance(Agents agents)
{
    private const int Limit = 60_000;

    private static readonly int[] s_sequence = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];

    /// <summary>_TestArray.test_array: length, elements, slices; the other adds them up in place.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Array_ChangedInPlaceElsewhere_IsChangedHere(Way way)
    {
        using Views<SharedArray<int>> views = new(way, agents, static () => new SharedArray<int>(s_sequence), open: null);
        Assert.Equal(s_sequence.Length, views.There.Length);
        Assert.Equal(s_sequence, views.There.ToArray());
        views.Here.Write(4, [1, 2, 3, 4]);
        int[] expected = [.. s_sequence[..4], 1, 2, 3, 4, .. s_sequence[8..]];
        Assert.Equal(expected, views.There.ToArray());
        await views.Elsewhere(static array =>
        {
            using LockHandle held = array.Lock.Acquire();
            for (int i = 1; i < array.Length; i++)
            {
                array[i] += array[i - 1];
            }

            return 0;
        });
        int sum = 0;
        Assert.Equal(expected.Select(x => sum += x), views.Here.ToArray());
        await views.Elsewhere(static array => Reverse(array.Raw));
        Assert.Equal(sum, views.Here[0]);
    }

    /// <summary>_TestArray.test_rawarray.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task RawArray_ChangedInPlaceElsewhere_IsChangedHere(Way way)
    {
        using Views<RawSharedArray<int>> views = new(way, agents, static () => new RawSharedArray<int>(s_sequence), open: null);
        Assert.Equal(s_sequence.Length, await views.Elsewhere(static array => Reverse(array)));

        Assert.Equal(s_sequence.Reverse(), views.Here.ToArray());
    }

    /// <summary>_TestArray.test_array_from_size: zeros, also where others were before.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Array_FromASize_IsZeroedEachTime(Way way)
    {
        for (int i = 0; i < 3; i++)
        {
            using Views<SharedArray<long>> views = new(way, agents, static () => new SharedArray<long>(10), open: null);
            Assert.True(await views.Elsewhere(static array => array.Length == 10 && array.All(static x => x == 0)));
            views.Here.Write(0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
            Assert.Equal(55, await views.Elsewhere(static array => array.Sum()));
        }
    }

    /// <summary>_TestArray.test_getobj_getlock_obj: a lock of its own, or one that was given, for all who have it.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Lock_HeldHere_KeepsTheOtherOut(Way way)
    {
        using InterprocessRecursiveLock gate = new();
        using Views<SharedArray<int>> own = new(way, agents, static () => new SharedArray<int>(3), open: null);
        using Views<SharedArray<int>> given = new(way, agents, () => new SharedArray<int>(3, gate), open: null);
        Assert.Same(gate, given.Here.Lock);
        using (await gate.AcquireAsync())
        using (await own.Here.Lock.AcquireAsync())
        {
            Assert.True(await given.Elsewhere(static array => array.Lock.TryAcquire() is null));
            Assert.True(await own.Elsewhere(static array => array.Lock.TryAcquire() is null));
        }

        Assert.False(await given.Elsewhere(static array => array.Lock.IsHeld));
    }

    /// <summary>_TestSharedCTypes.test_sharedctypes: values, arrays and structs that the other doubles.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.WithoutAName), MemberType = typeof(Agents))]
    public async Task Structs_DoubledElsewhere_AreDoubledHere(Way way)
    {
        using Views<SharedArray<Point>> views = new(way, agents, static () => new SharedArray<Point>([new(3, 0.5), new(-7, 2)]), open: null);
        await views.Elsewhere(static array =>
        {
            for (int i = 0; i < array.Length; i++)
            {
                array[i] = new Point(array[i].X * 2, array[i].Y * 2);
            }

            return 0;
        });

        Assert.Equal([new(6, 1), new(-14, 4)], views.Here.ToArray());
    }

    private static int Reverse(RawSharedArray<int> array)
    {
        array.Span.Reverse();
        return array.Length;
    }

    private readonly record struct Point(int X, double Y);
}
