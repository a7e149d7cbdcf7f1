using System.Diagnostics;

namespace Cohort.Benchmarks.Workloads;

/// <summary>Times work when both sides are compiled as well as they get.</summary>
internal static class Warm
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(800);

    /// <param name="work">Does what is measured the given number of times.</param>
    public static void Up(Action<int> work)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_warmUp)
        {
            work(10);
        }
    }

    /// <summary>What the work takes, done that many times after the warm-up.</summary>
    public static TimeSpan Time(Action<int> work, int times)
    {
        Up(work);
        long start = Stopwatch.GetTimestamp();
        work(times);
        return Stopwatch.GetElapsedTime(start);
    }
}
