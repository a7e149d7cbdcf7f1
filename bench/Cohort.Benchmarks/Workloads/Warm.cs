using System.Diagnostics;

namespace Cohort.Benchmarks.Workloads;

/// <summary>Times work when both sides are compiled as well as they get.</summary>
internal static class Warm
{
    /// <summary>Tiered compilation waits for 100 ms without new code before each step up, and goes through up to three tiers.</summary>
    private static readonly TimeSpan s_time = TimeSpan.FromMilliseconds(1500);

    /// <summary>Does the work over and over until its code is compiled for good.</summary>
    public static void Up(Action pass)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            pass();
        }
        while (Stopwatch.GetElapsedTime(start) < s_time);
    }

    /// <summary>What one pass takes after the warm-up.</summary>
    public static TimeSpan Time(Action pass)
    {
        Up(pass);
        return Elapsed(pass);
    }

    /// <summary>What the work takes, done that many times after the warm-up.</summary>
    public static TimeSpan Time(Action<int> work, int times)
    {
        Up(() => work(10));
        return Elapsed(() => work(times));
    }

    private static TimeSpan Elapsed(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start);
    }
}
