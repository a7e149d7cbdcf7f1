using System.Globalization;

namespace Cohort.Benchmarks.Workloads;

/// <summary>
/// The CPU time of processes from now on. The scheduler's count of each thread is exact; that of a whole process has steps of
/// 10 ms, in which an idle one hides. Threads that have ended meanwhile do not count, nor does the runtime's compilation of
/// methods that were called thirty times, which comes once and whenever that happens to be.
/// </summary>
internal sealed class CpuMeter(IReadOnlyList<int> processes)
{
    private const string Compiler = ".NET Tiered";

    private readonly Dictionary<string, TimeSpan> _before = Read(processes);

    public TimeSpan Elapsed
    {
        get
        {
            TimeSpan total = TimeSpan.Zero;
            foreach ((string thread, TimeSpan now) in Read(processes))
            {
                total += now - _before.GetValueOrDefault(thread);
            }

            return total;
        }
    }

    private static Dictionary<string, TimeSpan> Read(IEnumerable<int> processes)
    {
        Dictionary<string, TimeSpan> times = [];
        foreach (int process in processes)
        {
            // A kernel without these counts has those of the process.
            bool hasCounts = File.Exists($"/proc/{process}/schedstat");
            foreach (string thread in hasCounts ? Directory.GetDirectories($"/proc/{process}/task") : [$"/proc/{process}"])
            {
                if ((hasCounts ? OfThread(thread) : OfProcess(process)) is { } time)
                {
                    times[thread] = time;
                }
            }
        }

        return times;
    }

    /// <returns>Null when it has ended since it was listed, or compiles.</returns>
    private static TimeSpan? OfThread(string folder)
    {
        try
        {
            if (File.ReadAllText($"{folder}/comm").StartsWith(Compiler, StringComparison.Ordinal))
            {
                return null;
            }

            string nanoseconds = File.ReadAllText($"{folder}/schedstat").Split(' ')[0];
            return TimeSpan.FromTicks(long.Parse(nanoseconds, CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static TimeSpan? OfProcess(int id)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(id);
        return process.TotalProcessorTime;
    }
}
