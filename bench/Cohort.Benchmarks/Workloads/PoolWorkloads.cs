using System.Diagnostics;

namespace Cohort.Benchmarks.Workloads;

/// <summary>
/// The rows about pools. Every measurement has a pool of its own, as on the peer's side, and warms it with the row's own
/// work until the runtimes on both sides have compiled what runs hot; then one pass counts.
/// </summary>
internal static class PoolWorkloads
{
    private const int Workers = 2;
    private const int Tasks = 20_000;
    private const int Items = 2_000_000;
    private const int RoundTrips = 3_000;
    private const int Arrays = 20;
    private const int ArrayLength = 1 << 20;
    private const int ArrayMebibytes = Arrays * ArrayLength * sizeof(double) >> 20;
    private const int Starts = 5;

    /// <summary>Code that was compiled ahead of time is compiled again once it was called 30 times and no new code came up for 100 ms.</summary>
    private const int WarmUpStarts = 60;

    public static double MapChunk1() => Tasks / SecondsInWarmPool(static pool =>
        Check(pool.Map(Functions.Square, Enumerable.Range(0, Tasks), chunkSize: 1), Tasks));

    public static double ApplyAsync() => Tasks / SecondsInWarmPool(static pool =>
    {
        Task<long>[] results = new Task<long>[Tasks];
        for (int i = 0; i < Tasks; i++)
        {
            results[i] = pool.ApplyAsync(Functions.Square, i);
        }

        for (int i = 0; i < Tasks; i++)
        {
            Check(results[i].GetAwaiter().GetResult(), i);
        }
    });

    public static double UnorderedStream() => Tasks / SecondsInWarmPool(static pool =>
    {
        int count = 0;
        long sum = 0;
        foreach (long square in pool.MapStream(Functions.Square, Enumerable.Range(0, Tasks), ordered: false, chunkSize: 1))
        {
            sum += square;
            count++;
        }

        CheckSum(sum, count, Tasks);
    });

    public static double MapAuto() => Items / SecondsInWarmPool(static pool =>
        Check(pool.Map(Functions.Square, Enumerable.Range(0, Items)), Items));

    public static double ApplyRoundTrip() => SecondsInWarmPool(static pool =>
    {
        for (int i = 0; i < RoundTrips; i++)
        {
            Check(pool.Apply(Functions.Square, i), i);
        }
    }) / RoundTrips * 1e6;

    public static double MapBigArrays()
    {
        double[][] arrays = [.. Enumerable.Range(0, Arrays).Select(static _ => new double[ArrayLength])];
        return ArrayMebibytes / SecondsInWarmPool(pool =>
        {
            double[] totals = pool.Map(Functions.Total, arrays, chunkSize: 1);
            if (totals.Length != Arrays || totals.Any(static total => total != 0))
            {
                throw new InvalidOperationException("the pool added wrongly");
            }
        });
    }

    /// <summary>A pool from workers that stand by, its first result, and its end. Filling the set is not in it.</summary>
    public static double StartToFirstResultWarm()
    {
        // One more than the pool takes: an empty set would refill at once, and that would be measured.
        double milliseconds = MeanStart(
            WorkerContext.Warm, WarmUpStarts, static () => WorkerContext.PrepareWarmAsync(Workers + 1).GetAwaiter().GetResult());
        WorkerContext.PrepareWarmAsync(0).GetAwaiter().GetResult();
        return milliseconds;
    }

    /// <summary>The same from nothing: the start of the runtimes is in it.</summary>
    public static double StartToFirstResultCold() => MeanStart(WorkerContext.Spawn, 1, static () => { });

    private static double MeanStart(WorkerContext context, int warmUps, Action prepare)
    {
        for (int i = 0; i < warmUps; i++)
        {
            Once();
        }

        return Enumerable.Range(0, Starts).Average(_ => Once());

        double Once()
        {
            prepare();
            long start = Stopwatch.GetTimestamp();
            using (ProcessPool pool = new(new ProcessPoolOptions { Workers = Workers, Context = context }))
            {
                Check(pool.Apply(Functions.Square, 3), 3);
            }

            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    private static double SecondsInWarmPool(Action<ProcessPool> work)
    {
        using ProcessPool pool = new(Workers);
        return Warm.Time(() => work(pool)).TotalSeconds;
    }

    private static void Check(long square, int number)
    {
        if (square != (long)number * number)
        {
            throw new InvalidOperationException($"the pool says that {number} squared is {square}");
        }
    }

    private static void Check(long[] squares, int count)
    {
        if (squares.Length != count)
        {
            throw new InvalidOperationException($"{squares.Length} results for {count} items");
        }

        Check(squares[count / 2], count / 2);
        Check(squares[^1], count - 1);
    }

    private static void CheckSum(long sum, long count, long expected)
    {
        if (count != expected || sum != (expected - 1) * expected * ((2 * expected) - 1) / 6)
        {
            throw new InvalidOperationException($"{count} results for {expected} items, or wrong ones");
        }
    }
}
