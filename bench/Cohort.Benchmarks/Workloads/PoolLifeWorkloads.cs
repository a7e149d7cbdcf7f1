using System.Diagnostics;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Pools;
using Cohort.Sharing;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about workers of a pool that are replaced.</summary>
internal static class PoolLifeWorkloads
{
    private const int Tasks = 1_000;
    private const int TasksPerWorker = 100;
    private const int Deaths = 11;
    private const int Timeouts = 9;
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Throughput of one worker that is replaced every hundred tasks, over that of one that stays. One, since the starts then have a
    /// processor of their own: what counts is whether the pool waits for them.
    /// </summary>
    public static double RecycleRatio() => TasksPerSecond(TasksPerWorker) / TasksPerSecond(null);

    /// <summary>Milliseconds from SIGKILL of a worker to the failure of the task that it ran.</summary>
    public static double DeathDetection()
    {
        using ProcessPool pool = new(1);
        using RawSharedValue<int> worker = new();
        return MedianOf(Deaths, () =>
        {
            worker.Ref = 0;
            Task<int> task = pool.ApplyAsync(RunForever, worker);
            SpinUntilSet(worker);
            long start = Stopwatch.GetTimestamp();
            Libc.Kill(worker.Ref, Signal.SIGKILL);
            AwaitFailure<WorkerLostException>(task);
            return Stopwatch.GetElapsedTime(start);
        });
    }

    /// <summary>
    /// Milliseconds from the moment at which a task has used up its time to the result of the next, which waits for the only worker.
    /// </summary>
    public static double TimeoutReplacement()
    {
        using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, Context = WorkerContext.Warm, CancellationGrace = TimeSpan.Zero, TerminationGrace = TimeSpan.Zero,
        });
        IPool hurried = pool.With(new TaskOptions { Timeout = s_timeout });
        using RawSharedValue<int> worker = new();
        double milliseconds = MedianOf(Timeouts, () =>
        {
            // One more than is taken: an empty set would refill at once, and that would be measured.
            WorkerContext.PrepareWarmAsync(2).GetAwaiter().GetResult();
            pool.Apply(Functions.Square, 1);
            long start = Stopwatch.GetTimestamp();
            Task<int> late = hurried.ApplyAsync(RunForever, worker);
            Task<long> next = pool.ApplyAsync(Functions.Square, 3);
            AwaitFailure<TimeoutException>(late);
            return next.GetAwaiter().GetResult() == 9
                ? Stopwatch.GetElapsedTime(start) - s_timeout
                : throw new InvalidOperationException("the pool squares wrongly");
        });
        WorkerContext.PrepareWarmAsync(0).GetAwaiter().GetResult();
        return milliseconds;
    }

    private static double TasksPerSecond(int? tasksPerWorker)
    {
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, MaxTasksPerWorker = tasksPerWorker });
        Warm.Up(() => pool.Map(ScalingWorkloads.Compute, Enumerable.Range(0, TasksPerWorker), chunkSize: 1));
        long start = Stopwatch.GetTimestamp();
        int count = pool.Map(ScalingWorkloads.Compute, Enumerable.Range(0, Tasks), chunkSize: 1).Length;
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static int RunForever(RawSharedValue<int> worker)
    {
        worker.Ref = Environment.ProcessId;
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static void SpinUntilSet(RawSharedValue<int> worker)
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref worker.Ref) == 0)
        {
            Thread.Yield();
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException("no worker has begun the task");
            }
        }
    }

    private static void AwaitFailure<TException>(Task task)
        where TException : Exception
    {
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (TException)
        {
            return;
        }

        throw new InvalidOperationException("the task ended well");
    }

    /// <summary>The first does not count: it compiles what the others run.</summary>
    private static double MedianOf(int times, Func<TimeSpan> measure)
    {
        measure();
        double[] sorted = [.. Enumerable.Range(0, times).Select(_ => measure().TotalMilliseconds).Order()];
        return sorted[times / 2];
    }
}
