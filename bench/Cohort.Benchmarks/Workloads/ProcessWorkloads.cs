using System.Diagnostics;
using System.IO.Pipes;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about single workers.</summary>
internal static class ProcessWorkloads
{
    private const int WarmStarts = 50;
    private const int ColdStarts = 10;

    /// <summary>Standby workers are made ready in lots of this size, before the clock runs.</summary>
    private const int Lot = 10;

    private const byte Greeting = 1;
    private const byte Obituary = 2;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
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
            int message;
            using (WriteWhenDead(worker, path))
            {
                message = pipe.ReadByte();
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            End(worker);
            return message == Greeting ? elapsed : throw new InvalidOperationException($"the worker's message is {message}");
        });
    }

    /// <summary>Lets the reader go if the worker should not come to its message: both ends are open here, so no end of file would.</summary>
    private static Timer WriteWhenDead(WorkerProcess worker, string path) => new(
        _ =>
        {
            if (!worker.IsAlive)
            {
                using FileStream pipe = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                pipe.WriteByte(Obituary);
            }
        },
        null,
        s_patience,
        s_patience);

    /// <summary>By bare system calls: what is measured is the start of a worker, not that of .NET's file streams in it.</summary>
    private static unsafe void SendByte(string path)
    {
        using SafeFileHandle pipe = Libc.Open(path, Libc.O_WRONLY | Libc.O_CLOEXEC);
        byte message = Greeting;
        _ = Libc.Write(pipe, &message, 1);
    }

    /// <summary>Milliseconds a start, when a worker stands by for each.</summary>
    private static double MeanFromStandby(Func<TimeSpan> once)
    {
        TimeSpan total = TimeSpan.Zero;
        for (int i = -Lot; i < WarmStarts; i++)
        {
            if (i % Lot == 0)
            {
                // One more than the lot takes: an empty set would refill at once, and that would be measured.
                WorkerContext.PrepareWarmAsync(Lot + 1).GetAwaiter().GetResult();
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
