using System.Diagnostics;
using Cohort.Platform;
using Cohort.Workers;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about single workers.</summary>
internal static class ProcessWorkloads
{
    private const int WarmStarts = 50;

    /// <summary>Those that do not count: code is compiled again once it was called 30 times.</summary>
    private const int WarmUpStarts = 60;
    private const int ColdStarts = 10;

    /// <summary>Standby workers are made ready in lots of this size, before the clock runs.</summary>
    private const int Lot = 10;

    private const int PatienceMilliseconds = 5_000;

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

    /// <summary>From the call of Start to the first byte that the function in the worker sends, seen here.</summary>
    public static double StartToFirstMessageWarm() => MeanFromStandby(static () =>
    {
        Span<byte> message = stackalloc byte[16];
        long start = Stopwatch.GetTimestamp();
        using WorkerProcess worker = WorkerProcess.Start(Greet, s_warm);
        ControlSocket socket = worker.Handle.Control;
        int length = socket.Receive(message, null, PatienceMilliseconds);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        socket.Send([0]);
        End(worker);
        return length == 1 ? elapsed : throw new InvalidOperationException($"{worker} sent something else first: {length} bytes");
    });

    /// <summary>
    /// Over the socket that every worker has to its parent: what is measured is the start of a worker, not that of a
    /// channel between the two.
    /// </summary>
    private static void Greet()
    {
        WorkerMail.SayReady(WorkerEntry.Session!.Control);
        AwaitLeave();
    }

    /// <summary>The socket is closed with the worker's end, maybe before the parent has looked at it.</summary>
    private static void AwaitLeave() => WorkerEntry.Session!.Control.Receive(stackalloc byte[16]);

    /// <summary>Milliseconds a start, when a worker stands by for each.</summary>
    private static double MeanFromStandby(Func<TimeSpan> once)
    {
        TimeSpan total = TimeSpan.Zero;
        for (int i = -WarmUpStarts; i < WarmStarts; i++)
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
