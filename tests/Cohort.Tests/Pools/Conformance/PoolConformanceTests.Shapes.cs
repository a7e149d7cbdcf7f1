using Cohort.Pools;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>Functions of every shape: asynchronous ones, those of several arguments, and what no pool awaits.</summary>
public abstract partial class PoolConformanceTests
{
    [Fact(Timeout = Limit)]
    public async Task ApplyAsync_AsyncFunctionsOfSeveralArguments_AreAwaitedInTheWorker()
    {
        Assert.Equal("ab", await Pool.ApplyAsync(JoinLaterAsync, "a", "b").Watched());
        Assert.Equal("abc", await Pool.ApplyAsync(static async (a, b, c) => await JoinLaterAsync(a, b) + c, "a", "b", 'c').Watched());
        using Signals signals = new();
        await Pool.ApplyAsync(static async (Signals s, string name) => { await Task.Yield(); s.Set(name); }, signals, "two").Watched();
        await Pool.ApplyAsync(static async (Signals s, string name, int n) => { await Task.Yield(); s.Set($"{name} {n}"); }, signals, "three", 3).Watched();
        Assert.True(signals.IsSet("two") && signals.IsSet("three 3"));
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_ActionsOfSeveralArguments_Run()
    {
        using Signals signals = new();
        await Watchdog.Run(() => Pool.Apply(static (Signals s, string name) => s.Set(name), signals, "a"));
        await Watchdog.Run(() => Pool.Apply(static (Signals s, string name, int n) => s.Set($"{name}{n}"), signals, "b", 1));
        await Pool.ApplyAsync(static (Signals s, string name) => s.Set(name), signals, "c").Watched();
        await Pool.ApplyAsync(static (Signals s, string name, int n) => s.Set($"{name}{n}"), signals, "d", 2).Watched();
        Assert.All((string[])["a", "b1", "c", "d2"], name => Assert.True(signals.IsSet(name), name));
    }

    [Theory(Timeout = Limit)]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task StarMap_PairsAndTriplesSyncAndAsync_EqualLinq(int? chunkSize)
    {
        (string, string)[] pairs = [.. Enumerable.Range(0, 50).Select(static n => ($"{n}", "x"))];
        (string, string, char)[] triples = [.. pairs.Select(static pair => (pair.Item1, pair.Item2, 'y'))];
        string[] joined = [.. pairs.Select(static pair => pair.Item1 + pair.Item2)];
        string[] all = [.. joined.Select(static text => text + 'y')];
        Assert.Equal(joined, await Pool.StarMapAsync(JoinLaterAsync, pairs, chunkSize).Watched());
        Assert.Equal(all, await Watchdog.Run(() => Pool.StarMap(static (a, b, c) => a + b + c, triples, chunkSize)));
        Assert.Equal(all, await Pool.StarMapAsync(static (a, b, c) => a + b + c, triples, chunkSize).Watched());
        Assert.Equal(all, await Pool.StarMapAsync(static async (a, b, c) => await JoinLaterAsync(a, b) + c, triples, chunkSize).Watched());
    }

    [Theory(Timeout = Limit)]
    [InlineData(true, null)]
    [InlineData(false, 7)]
    public async Task Streams_AsyncFunction_IsAwaitedInTheWorker(bool ordered, int? chunkSize)
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        List<int>[] streams =
        [
            await Pool.MapStreamAsync(LaterOfAsync, items, ordered, chunkSize).ToListAsync(),
            await Pool.MapStreamAsync(LaterOfAsync, Later(items), ordered, chunkSize).ToListAsync(),
        ];
        Assert.All(streams, results => Assert.Equal(items.Select(static n => n * 2), ordered ? results : results.Order()));
        List<Outcome<int>>[] outcomes =
        [
            await Pool.MapOutcomeStreamAsync(FailLaterAtThreeAsync, items, ordered, chunkSize).ToListAsync(),
            await Pool.MapOutcomeStreamAsync(FailLaterAtThreeAsync, Later(items), ordered, chunkSize).ToListAsync(),
        ];
        Assert.All(outcomes, results =>
        {
            Assert.Equal(items.Length, results.Count);
            Assert.All(results, static outcome => Assert.Equal(
                outcome.Index == 3 ? "no 3" : $"{outcome.Index * 2}", outcome.IsSuccess ? $"{outcome.Value}" : outcome.Exception.Message));
        });

        static async Task<int> FailLaterAtThreeAsync(int n) => n == 3 ? Fail(n) : await LaterOfAsync(n);
    }

    [Fact(Timeout = Limit)]
    public async Task Function_GivesATaskThatNobodyAwaits_IsRefusedBeforeItRuns()
    {
        using Signals signals = new();
        Func<int, Task<int>> promise = Promise(signals);
        Action[] calls =
        [
            () => Pool.Apply(promise, 1),
            () => Pool.Apply(static () => Task.CompletedTask),
            () => Pool.Map(promise, [1]),
            () => Pool.StarMap(static (a, b) => LaterOfAsync(a + b), [(1, 2)]),
            () => _ = Pool.MapStream(promise, [1]),
            () => Pool.MapOutcomes(promise, [1]),
            () => _ = Pool.MapOutcomeStream(promise, [1]),
            () => _ = Pool.ApplyAsync(static n => new ValueTask<int>(n), 1),
            () => _ = Pool.MapAsync(static n => new ValueTask(Task.Delay(n)), [1]),
        ];
        foreach (Action call in calls)
        {
            Assert.Contains("ApplyAsync", (await Assert.ThrowsAsync<ArgumentException>(() => Watchdog.Run(call))).Message, StringComparison.Ordinal);
        }

        Assert.False(signals.IsSet("ran"));
        await StillWorksAsync();

        static Func<int, Task<int>> Promise(Signals signals) => n =>
        {
            signals.Set("ran");
            return Task.FromResult(n);
        };
    }

    private static async Task<string> JoinLaterAsync(string a, string b)
    {
        await Task.Yield();
        return a + b;
    }
}
