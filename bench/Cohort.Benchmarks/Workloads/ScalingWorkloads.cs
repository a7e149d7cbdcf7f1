using System.Diagnostics;
using System.Globalization;

namespace Cohort.Benchmarks.Workloads;

/// <summary>Work that takes its time, in two worker processes and in two threads of <see cref="Parallel"/>.</summary>
internal static class ScalingWorkloads
{
    private const int Workers = 2;
    private const int Tasks = 400;

    /// <summary>Throughput of two workers over that of one worker in the same way: 2 is all that there is to gain.</summary>
    public static double ComputeScaling() => InPool(Compute, Workers) / InPool(Compute, 1);

    public static double ComputeScalingOfThreads() => InThreads(Compute, Workers) / InThreads(Compute, 1);

    public static double ComputeInPool() => InPool(Compute, Workers);

    public static double ComputeInThreads() => InThreads(Compute, Workers);

    public static double AllocateInPool() => InPool(Allocate, Workers);

    public static double AllocateInThreads() => InThreads(Allocate, Workers);

    /// <summary>About a millisecond of arithmetic that touches no memory.</summary>
    public static ulong Compute(int seed)
    {
        ulong state = (ulong)seed + 1;
        for (int i = 0; i < 600_000; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }

        return state;
    }

    /// <summary>A few MiB of small objects, some of which live for the length of the task: what parsing text does.</summary>
    private static ulong Allocate(int seed)
    {
        Dictionary<string, List<int>> index = new(StringComparer.Ordinal);
        ulong state = (ulong)seed + 1;
        for (int i = 0; i < 12_000; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            string word = (state % 4096).ToString(CultureInfo.InvariantCulture) + "-" + (i & 63).ToString(CultureInfo.InvariantCulture);
            if (!index.TryGetValue(word, out List<int>? places))
            {
                index.Add(word, places = []);
            }

            places.Add(i);
        }

        return (ulong)index.Count;
    }

    private static double InPool(Func<int, ulong> function, int workers)
    {
        using ProcessPool pool = new(workers);
        return TasksPerSecond(() => pool.Map(function, Enumerable.Range(0, Tasks)).Length);
    }

    private static double InThreads(Func<int, ulong> function, int threads)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads };
        return TasksPerSecond(() =>
        {
            ulong[] results = new ulong[Tasks];
            Parallel.For(0, Tasks, options, i => results[i] = function(i));
            return results.Length;
        });
    }

    private static double TasksPerSecond(Func<int> pass)
    {
        int count = 0;
        TimeSpan elapsed = Warm.Time(() => count = pass());
        return count / elapsed.TotalSeconds;
    }
}
