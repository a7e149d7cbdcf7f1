using System.Globalization;

namespace Cohort.Benchmarks.Workloads;

/// <summary>What a pool costs that has nothing to do.</summary>
internal static class IdleWorkloads
{
    private const int Workers = 2;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(2);

    /// <summary>CPU milliseconds of all workers in one second without work.</summary>
    public static double CpuOfIdleWorkers()
    {
        using ProcessPool pool = UsedPool();
        IReadOnlyList<int> workers = pool.WorkerProcessIds;

        // Background compilation of what the warm-up ran ends within this time.
        Pause(TimeSpan.FromSeconds(1));
        TimeSpan before = CpuTime(workers);
        Pause(s_idle);
        return (CpuTime(workers) - before).TotalMilliseconds / s_idle.TotalSeconds;
    }

    /// <summary>MiB of memory of a worker; pages that several processes share count in parts.</summary>
    public static double MemoryOfIdleWorker()
    {
        using ProcessPool pool = UsedPool();
        return pool.WorkerProcessIds.Average(ProportionalKibibytes) / 1024;
    }

    private static ProcessPool UsedPool()
    {
        ProcessPool pool = new(Workers);
        pool.Map(Functions.Square, Enumerable.Range(0, 1000));
        return pool;
    }

    private static void Pause(TimeSpan time)
    {
        using ManualResetEventSlim never = new();
        never.Wait(time);
    }

    private static TimeSpan CpuTime(IEnumerable<int> processes)
    {
        TimeSpan total = TimeSpan.Zero;
        foreach (int id in processes)
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(id);
            total += process.TotalProcessorTime;
        }

        return total;
    }

    private static double ProportionalKibibytes(int process)
    {
        string line = File.ReadLines($"/proc/{process}/smaps_rollup").First(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
