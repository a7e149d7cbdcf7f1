using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Benchmarks.Workloads;

/// <summary>How evenly maps at once share the workers of a pool.</summary>
internal static class FairnessWorkloads
{
    private const int Workers = 2;
    private const int Maps = 8;
    private const int Items = 50_000;

    /// <summary>Before that, chunks are still being sized.</summary>
    private const int Start = Items / 10;

    /// <summary>How far the last map is behind the first at the worst moment, as a percentage of what the first has done.</summary>
    public static double WidestSpread()
    {
        using RawSharedArray<int> order = new((Maps * Items) + 1);
        using ProcessPool pool = new(Workers);
        pool.Map(Functions.Square, Enumerable.Range(0, Items));

        // Nothing runs until all maps are there: how long it takes to submit them would be measured otherwise.
        using InterprocessEvent isOpen = new();
        Task[] gates = [.. Enumerable.Range(0, Workers).Select(_ => pool.ApplyAsync(AwaitOpening, isOpen))];
        Task[] maps = [.. Enumerable.Range(0, Maps).Select(map => pool.MapAsync(Note(order, map), Enumerable.Range(0, Items)))];
        isOpen.Set();
        Task.WaitAll([.. gates, .. maps]);

        int[] done = new int[Maps];
        double widest = 0;
        foreach (int map in order.Span[1..])
        {
            done[map]++;
            int least = done.Min(), most = done.Max();
            if (least >= Start && most < Items)
            {
                widest = Math.Max(widest, (most - least) * 100.0 / most);
            }
        }

        return widest;
    }

    private static void AwaitOpening(InterprocessEvent isOpen) => isOpen.Wait();

    private static Func<int, int> Note(RawSharedArray<int> order, int map) => n =>
    {
        order[Interlocked.Increment(ref order[0])] = map;
        Thread.SpinWait(50);
        return n;
    };
}
