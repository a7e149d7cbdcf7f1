using System.Diagnostics;

namespace Cohort.Benchmarks.Workloads;

/// <summary>A thousand commands at the same time.</summary>
internal static class ManySubprocesses
{
    private const int Sleeps = 1000;
    private const string Program = "/bin/sleep";

    /// <summary>Longer than it takes to start them all.</summary>
    private const string Seconds = "3";

    private const double BytesPerMebibyte = 1 << 20;

    /// <summary>Milliseconds from the first start until all have ended and are reaped.</summary>
    public static double Milliseconds() => Run(out _, out _);

    /// <summary>MiB of objects that this process holds more while all run. The heap that was made for them is kept anyway.</summary>
    public static double Memory()
    {
        Run(out long bytes, out _);
        return bytes / BytesPerMebibyte;
    }

    /// <summary>Threads that this process has more while all run.</summary>
    public static double Threads()
    {
        Run(out _, out int threads);
        return threads;
    }

    /// <summary>Milliseconds with <see cref="Process"/>.</summary>
    public static double MillisecondsOfProcess()
    {
        long start = Stopwatch.GetTimestamp();
        Process[] processes = [.. Enumerable.Range(0, Sleeps).Select(static _ => Process.Start(Program, Seconds))];
        Task.WhenAll(processes.Select(static process => process.WaitForExitAsync())).GetAwaiter().GetResult();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Array.ForEach(processes, static process => process.Dispose());
        return elapsed.TotalMilliseconds;
    }

    private static double Run(out long bytes, out int threads)
    {
        // The watch threads belong to the process, not to these commands.
        Subprocess.CallAsync(["true"]).GetAwaiter().GetResult();
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        int count = ThreadCount();
        long start = Stopwatch.GetTimestamp();
        Task<int>[] calls = [.. Enumerable.Range(0, Sleeps).Select(static _ => Subprocess.CallAsync([Program, Seconds]))];
        bytes = GC.GetTotalMemory(forceFullCollection: true) - memory;
        threads = ThreadCount() - count;
        int[] codes = Task.WhenAll(calls).GetAwaiter().GetResult();
        return codes.All(static code => code == 0)
            ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
            : throw new InvalidOperationException("a sleep failed");
    }

    private static int ThreadCount()
    {
        using Process self = Process.GetCurrentProcess();
        return self.Threads.Count;
    }
}
