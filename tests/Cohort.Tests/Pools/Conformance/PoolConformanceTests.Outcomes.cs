using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>Maps of which each item has an outcome of its own.</summary>
public abstract partial class PoolConformanceTests
{
    [Theory(Timeout = Limit)]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(500)]
    public async Task MapOutcomes_SomeItemsThrow_EachItemHasItsOwnOutcome(int? chunkSize)
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        IReadOnlyList<Outcome<int>>[] all =
        [
            await Watchdog.Run(() => Pool.MapOutcomes(FailAtFives, items, chunkSize)),
            await Pool.MapOutcomesAsync(FailAtFives, items.Where(static n => n >= 0), chunkSize).Watched(),
            await Pool.MapOutcomesAsync(FailAtFivesAsync, new List<int>(items), chunkSize).Watched(),
            await Watchdog.Run(() => Pool.MapOutcomeStream(FailAtFives, items, chunkSize: chunkSize).ToList()),
            await Pool.MapOutcomeStreamAsync(FailAtFives, items, chunkSize: chunkSize).ToListAsync(),
            await Pool.MapOutcomeStreamAsync(FailAtFives, Later(items), chunkSize: chunkSize, maxInFlight: 20).ToListAsync(),
            [.. (await Pool.MapOutcomeStreamAsync(FailAtFives, items, ordered: false, chunkSize).ToListAsync()).OrderBy(static outcome => outcome.Index)],
        ];
        foreach (IReadOnlyList<Outcome<int>> outcomes in all)
        {
            Assert.Equal(items.Select(static n => (long)n), outcomes.Select(static outcome => outcome.Index));
            Assert.All(outcomes, static outcome => Assert.Equal(outcome.Index % 5 != 0, outcome.IsSuccess));
            Assert.All(outcomes.Where(static outcome => outcome.IsSuccess), static outcome =>
            {
                Assert.Equal(outcome.Index * 2, outcome.Value);
                Assert.Null(outcome.Exception);
            });
            Assert.All(outcomes.Where(static outcome => !outcome.IsSuccess), static outcome =>
            {
                InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() => outcome.Value);
                Assert.Equal($"no {outcome.Index}", fault.Message);
                Assert.Contains(nameof(Fail), fault.StackTrace, StringComparison.Ordinal);
                Assert.Same(fault, outcome.Exception);
            });
        }

        await StillWorksAsync();

        static async Task<int> FailAtFivesAsync(int n)
        {
            await Task.Yield();
            return FailAtFives(n);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_ItemThrowsInAChunk_ThoseBehindItRunOnce()
    {
        using Signals signals = new();
        Outcome<int>[] outcomes = await Pool.MapOutcomesAsync(NoteOrFail(signals), Enumerable.Range(0, 12), chunkSize: 6).Watched();
        Assert.Equal([0L, 6], outcomes.Where(static outcome => !outcome.IsSuccess).Select(static outcome => outcome.Index));
        Assert.Equal(10, signals.Count("ran"));

        static Func<int, int> NoteOrFail(Signals signals) => n =>
        {
            if (n % 6 == 0)
            {
                return Fail(n);
            }

            signals.Set($"ran {n} {Guid.NewGuid()}");
            return n;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_NoItems_GiveNoOutcomes()
    {
        Assert.Empty(await Watchdog.Run(() => Pool.MapOutcomes(Fail, Array.Empty<int>())));
        Assert.Empty(await Pool.MapOutcomesAsync(Fail, Array.Empty<int>().Where(static _ => true), 3).Watched());
        Assert.Empty(await Watchdog.Run(() => Pool.MapOutcomeStream(Fail, Array.Empty<int>()).ToList()));
        Assert.Empty(await Pool.MapOutcomeStreamAsync(Fail, Later([])).ToListAsync());
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_InputThrowsHalfWay_ThrowsItAtTheCallAndStreamsAfterTheEarlierOutcomes()
    {
        Assert.Equal("input", Watchdog.ThrownAtCall<FormatException>(() => Pool.MapOutcomes(FailAtFives, Broken())).Message);
        Assert.Equal("input", Watchdog.ThrownAtCall<FormatException>(() => { Pool.MapOutcomesAsync(FailAtFives, Broken()); }).Message);
        List<long> seen = [];
        FormatException fault = await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (Outcome<int> outcome in Pool.MapOutcomeStreamAsync(FailAtFives, Later(Broken())))
            {
                seen.Add(outcome.Index);
            }
        });
        Assert.Contains(nameof(Broken), fault.StackTrace, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 30).Select(static n => (long)n), seen);
        await StillWorksAsync();

        static IEnumerable<int> Broken()
        {
            for (int i = 0; i < 30; i++)
            {
                yield return i;
            }

            throw new FormatException("input");
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task MapOutcomes_WhatCannotTravel_FailsByItself(int chunkSize)
    {
        using FileStream stream = File.OpenRead("/dev/null");
        (int, Stream?)[] items = [.. Enumerable.Range(0, 10).Select(n => (n, n == 6 ? stream : (Stream?)null))];
        Outcome<int>[] given = await Pool.MapOutcomesAsync(static pair => pair.Item1, items, chunkSize).Watched();
        List<Outcome<int>> streamed = await Pool.MapOutcomeStreamAsync(static pair => pair.Item1, items, chunkSize: chunkSize).ToListAsync();
        Outcome<(int, Stream?)>[] returned = await Pool.MapOutcomesAsync(
            static n => (n, n == 6 ? File.OpenRead("/dev/null") : (Stream?)null), Enumerable.Range(0, 10), chunkSize).Watched();
        Exception?[] faults = [given[6].Exception, streamed[6].Exception, returned[6].Exception];
        if (Kind.Copies)
        {
            Assert.All(faults, static fault => Assert.Contains("Item2", Assert.IsType<PickleException>(fault).Path, StringComparison.Ordinal));
            Assert.All(faults[..2], static fault => Assert.StartsWith("items[6].", ((PickleException)fault!).Path, StringComparison.Ordinal));
        }
        else
        {
            Assert.All(faults, Assert.Null);
            await returned[6].Value.Item2!.DisposeAsync();
        }

        Assert.Equal([0, 1, 2, 3, 4, 5, 7, 8, 9], given.Where(static outcome => outcome.Index != 6).Select(static outcome => outcome.Value));
        Assert.Equal([0, 1, 2, 3, 4, 5, 7, 8, 9], streamed.Where(static outcome => outcome.Index != 6).Select(static outcome => outcome.Value));
        Assert.Equal([0, 1, 2, 3, 4, 5, 7, 8, 9], returned.Where(static outcome => outcome.Index != 6).Select(static outcome => outcome.Value.Item1));
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_OutOfRangeOrNull_IsRefusedAtTheCall()
    {
        Action[] tooSmall =
        [
            () => Pool.MapOutcomes(Fail, [1], 0),
            () => { Pool.MapOutcomesAsync(Fail, [1], -1); },
            () => _ = Pool.MapOutcomeStream(Fail, [1], chunkSize: 0),
            () => _ = Pool.MapOutcomeStreamAsync(Fail, [1], maxInFlight: 0),
        ];
        Assert.All(tooSmall, static call => Watchdog.ThrownAtCall<ArgumentOutOfRangeException>(call));
        (Action Call, string Name)[] nulls =
        [
            (() => Pool.MapOutcomes((Func<int, int>)null!, [1]), "function"),
            (() => Pool.MapOutcomes(Fail, (int[])null!), "items"),
            (() => _ = Pool.MapOutcomeStream((Func<int, int>)null!, [1]), "function"),
            (() => _ = Pool.MapOutcomeStreamAsync(Fail, (int[])null!), "items"),
            (() => _ = Pool.MapOutcomeStreamAsync(Fail, (IAsyncEnumerable<int>)null!), "items"),
        ];
        Assert.All(nulls, static pair => Assert.Equal(pair.Name, Watchdog.ThrownAtCall<ArgumentNullException>(pair.Call).ParamName));
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_AfterTheEnd_ThrowAndSayHowItEnded()
    {
        await using IPool pool = Kind.Create(1, name: "Mill");
        pool.Close();
        Assert.All(
            (Action[])
            [
                () => pool.MapOutcomes(Fail, [1]),
                () => { pool.MapOutcomesAsync(Fail, Array.Empty<int>()); },
                () => _ = pool.MapOutcomeStream(Fail, [1]),
                () => _ = pool.MapOutcomeStreamAsync(Fail, Later([1])),
            ],
            static call => Assert.Contains(
                "Pool Mill is not running: it was closed", Watchdog.ThrownAtCall<InvalidOperationException>(call).Message, StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_TokenCancelled_AreOver()
    {
        using Signals signals = new();
        CancellationToken cancelled = new(canceled: true);
        Assert.True(Pool.MapOutcomesAsync(signals.Setting("ran"), [1], null, cancelled).IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Run(() => Pool.MapOutcomes(signals.Setting("ran"), [1], null, cancelled)));
        Assert.False(signals.IsSet("ran"));

        using CancellationTokenSource source = new();
        int taken = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Outcome<int> outcome in Pool.MapOutcomeStreamAsync(FailAtFives, Enumerable.Range(0, int.MaxValue), chunkSize: 1, cancellationToken: source.Token))
            {
                if (++taken == 10)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(10, taken);
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_InitializerThrows_EachItemSaysSoAndStreamsThrow()
    {
        await using IPool pool = Kind.Create(2, static () => throw new UnauthorizedAccessException("no licence"), "Fragile");
        Outcome<int>[] outcomes = await pool.MapOutcomesAsync(static n => n, Enumerable.Range(0, 50)).Watched();
        Assert.Equal(50, outcomes.Length);
        Assert.All(outcomes, static outcome => Assert.Contains(
            "initializer of pool Fragile", Assert.IsType<PoolBrokenException>(outcome.Exception).Message, StringComparison.Ordinal));
        Assert.Equal(50, outcomes.Select(static outcome => outcome.Index).Distinct().Count());
        await Assert.ThrowsAsync<PoolBrokenException>(() => pool.MapOutcomeStreamAsync(static n => n, Enumerable.Range(0, int.MaxValue)).ToListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomeStream_ReadsNoFurtherAheadThanItMay()
    {
        int read = 0;
        int taken = 0;
        foreach (Outcome<int> outcome in Pool.MapOutcomeStream(FailAtFives, Counted(), chunkSize: 1, maxInFlight: 8))
        {
            Assert.Equal(taken++, outcome.Index);
            Assert.InRange(read, taken, taken + 8);
        }

        Assert.Equal(200, taken);
        await StillWorksAsync();

        IEnumerable<int> Counted()
        {
            for (int i = 0; i < 200; i++)
            {
                read++;
                yield return i;
            }
        }
    }

    private static int FailAtFives(int n) => n % 5 == 0 ? Fail(n) : n * 2;
}
