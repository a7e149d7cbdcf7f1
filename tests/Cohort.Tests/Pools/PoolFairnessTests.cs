using Cohort.Pools;
using Cohort.Sharing;

namespace Cohort.Tests.Pools;

/// <summary>
/// Maps at once share the workers. Every task writes down whose it is, in the order in which tasks begin; the workers are held
/// until everything is submitted, so that speed does not matter. Where one task's place counts there is one worker: of two, one
/// may be without a CPU for any time.
/// </summary>
public sealed class PoolFairnessTests
{
    private const int Limit = 120_000;

    /// <summary>What a worker may have in its ring when something else comes: its window, see PoolWorker.</summary>
    private const int Underway = 512;

    public static TheoryData<string> Kinds => ["processes", "threads"];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task EightMaps_OfEqualTasks_KeepStep(string kind)
    {
        const int maps = 8, items = 1000, start = 50;
        int[] order = await RecordAsync(kind, 2, maps * items, (pool, note) =>
            [.. Enumerable.Range(0, maps).Select(map => (Task)pool.MapAsync(note(map), Enumerable.Range(0, items), chunkSize: 1))]);

        int[] done = new int[maps];
        double widest = 0;
        foreach (int map in order)
        {
            done[map]++;
            int least = done.Min(), most = done.Max();
            if (least >= start && most < items)
            {
                widest = Math.Max(widest, (most - least) / (double)most);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: at most {widest:P1} apart");
        Assert.All(done, static count => Assert.Equal(items, count));
        Assert.InRange(widest, 0, 0.2);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task SmallMapAndCalls_BehindAHugeMap_AreNotStarved(string kind)
    {
        const int huge = 10_000, small = 20;
        int[] order = await RecordAsync(kind, 1, huge + small + 1, (pool, note) =>
        [
            pool.MapAsync(note(0), Enumerable.Range(0, huge), chunkSize: 1),
            pool.MapAsync(note(1), Enumerable.Range(0, small), chunkSize: 1),
            pool.ApplyAsync(note(2), 0),
        ]);
        Assert.InRange(Array.LastIndexOf(order, 1), 0, Underway + (4 * small));
        Assert.InRange(Array.IndexOf(order, 2), 0, Underway + 4);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Map_BehindManyCalls_IsNotStarved(string kind)
    {
        const int calls = 10_000, small = 20;
        int[] order = await RecordAsync(kind, 1, calls + small, (pool, note) =>
        {
            Func<int, int> call = note(0);
            Task[] single = [.. Enumerable.Range(0, calls).Select(n => pool.ApplyAsync(call, n))];
            return [.. single, pool.MapAsync(note(1), Enumerable.Range(0, small), chunkSize: 1)];
        });
        Assert.InRange(Array.LastIndexOf(order, 1), 0, Underway + (4 * small));
    }

    [Fact(Timeout = Limit)]
    public async Task Priority_OfAMap_GoesBeforeFairness()
    {
        const int low = 5000, high = 500;
        int[] order = await RecordAsync("processes", 1, (2 * low) + high, (pool, note) =>
        [
            pool.MapAsync(note(0), Enumerable.Range(0, low), chunkSize: 1),
            pool.With(new TaskOptions { Priority = -1 }).MapAsync(note(1), Enumerable.Range(0, low), chunkSize: 1),
            pool.With(new TaskOptions { Priority = 1 }).MapAsync(note(2), Enumerable.Range(0, high), chunkSize: 1),
        ]);
        Assert.InRange(Array.LastIndexOf(order, 2), 0, Underway + high);
        Assert.InRange(Array.IndexOf(order, 1), low - Underway, low + high);
    }

    /// <summary>In which order tasks began that were all there before the first of them.</summary>
    private static async Task<int[]> RecordAsync(
        string kind, int workers, int tasks, Func<IPool, Func<int, Func<int, int>>, Task[]> submit)
    {
        using Signals signals = new();
        using RawSharedArray<int> order = new(tasks + 1);
        await using IPool pool = kind == "threads" ? new ThreadWorkerPool(workers) : new ProcessPool(workers);
        string[] names = [.. Enumerable.Range(0, workers).Select(static n => $"holder {n}")];
        Task[] holders = [.. names.Select(name => pool.ApplyAsync(signals.Released(name)))];
        foreach (string name in names)
        {
            await signals.IsRunningAsync(name);
        }

        Task[] all = submit(pool, owner => Note(order, owner));
        Array.ForEach(names, signals.Release);
        await Task.WhenAll([.. holders, .. all]).Watched();
        Assert.Equal(tasks, order[0]);
        return order.Span[1..].ToArray();

        static Func<int, int> Note(RawSharedArray<int> order, int owner) => n =>
        {
            order[Interlocked.Increment(ref order[0])] = owner;
            return n;
        };
    }
}
