using System.Diagnostics;
using System.IO.Pipes;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about single workers.</summary>
internal static class ProcessWorkloads
{
    private const int WarmStarts = 50;
    private const int ColdStarts = 10;

    /// <summary>Standby workers are made ready in lots of this size, before the clock runs.</summary>
    private const int Lot = 10;

    private static readonly WorkerOptions s_warm = new() { Context = WorkerContext.Warm };
    private static readonly WorkerOptions s_cold = new() { Context = WorkerContext.Spawn };

    public static double StartAndJoinCold()
    {
        StartAndJoin(s_cold);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < ColdStarts; i++)
        {
            StartAndJoin(s_cold);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / ColdStarts;
    }

    public static double StartAndJoinWarm() => MeanFromStandby(static () =>
    {
        long start = Stopwatch.GetTimestamp();
        StartAndJoin(s_warm);
        return Stopwatch.GetElapsedTime(start);
    });

    /// <summary>From the call of Start to the first byte that the worker sends, seen here: through a kernel pipe.</summary>
    public static double StartToFirstMessageWarm()
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.In);

        // The worker inherits nothing but opens this process's end for itself.
        string path = $"/proc/{Environment.ProcessId}/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        return MeanFromStandby(() =>
        {
            long start = Stopwatch.GetTimestamp();
            using WorkerProcess worker = WorkerProcess.Start(SendByte, path, s_warm);
            int message = pipe.ReadByte();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            End(worker);
            return message == 1 ? elapsed : throw new InvalidOperationException($"the worker's message is {message}");
        });
    }

    private static void SendByte(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle pipe = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(pipe, [1], 0);
    }

    /// <summary>Milliseconds a start, when a worker stands by for each.</summary>
    private static double MeanFromStandby(Func<TimeSpan> once)
    {
        TimeSpan total = TimeSpan.Zero;
        for (int i = -Lot; i < WarmStarts; i++)
        {
            if (i % Lot == 0)
            {
                WorkerContext.PrepareWarmAsync(Lot).GetAwaiter().GetResult();
            }

            TimeSpan elapsed = once();
            total += i < 0 ? TimeSpan.Zero : elapsed;
        }

        WorkerContext.PrepareWarmAsync(0).GetAwaiter().GetResult();
        return total.TotalMilliseconds / WarmStarts;
    }

    private static void StartAndJoin(WorkerOptions options)
    {
        using WorkerProcess worker = WorkerProcess.Start(Functions.Nothing, options);
        End(worker);
    }

    private static void End(WorkerProcess worker)
    {
        worker.Join();
        if (worker.ExitCode != 0)
        {
            throw new InvalidOperationException($"{worker} ended with {worker.ExitCode}");
        }
    }
}
