using System.Diagnostics;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about shared memory and locks.</summary>
internal static class SynchronizingWorkloads
{
    private const int Pairs = 300_000;
    private const int PingPongs = 20_000;
    private const int Increments = 100_000;
    private const int Workers = 2;
    private const int Files = 300;
    private const int FileSize = 1 << 20;

    /// <summary>Nanoseconds to acquire and release a lock that nobody else wants.</summary>
    public static double LockUncontended()
    {
        using InterprocessLock gate = new();
        return NanosecondsEach(() =>
        {
            gate.Acquire();
            gate.Release();
        });
    }

    /// <summary>The same with the handle that a <c>using</c> would hold.</summary>
    public static double LockUncontendedByHandle()
    {
        using InterprocessLock gate = new();
        return NanosecondsEach(() => gate.Acquire().Dispose());
    }

    /// <summary>The same with the framework's mutex of a name.</summary>
    public static double NamedMutexUncontended()
    {
        using Mutex mutex = new(false, $"cohort-bench-{Environment.ProcessId}");
        return NanosecondsEach(() =>
        {
            mutex.WaitOne();
            mutex.ReleaseMutex();
        });
    }

    /// <summary>Increments a second by two processes, each under the lock that both share.</summary>
    public static double ContendedIncrement()
    {
        using InterprocessLock gate = new();
        using RawSharedValue<int> counter = new();
        return IncrementsASecond(counter, times =>
        {
            for (int i = 0; i < times; i++)
            {
                using (gate.Acquire())
                {
                    counter.Value++;
                }
            }

            return 0;
        });
    }

    /// <summary>The same with the framework's mutex of a name.</summary>
    public static double NamedMutexContended()
    {
        // Global: each worker has a session of its own, and the framework's names are a session's.
        string name = $@"Global\cohort-bench-{Environment.ProcessId}";
        using RawSharedValue<int> counter = new();
        return IncrementsASecond(counter, times =>
        {
            using Mutex mutex = new(false, name);
            for (int i = 0; i < times; i++)
            {
                mutex.WaitOne();
                counter.Value++;
                mutex.ReleaseMutex();
            }

            return 0;
        });
    }

    /// <summary>Microseconds from one process to another and back, through two semaphores.</summary>
    public static double SemaphorePingPong()
    {
        using InterprocessSemaphore ping = new(0);
        using InterprocessSemaphore pong = new(0);
        using WorkerProcess partner = WorkerProcess.Start(Answer, ping, pong);

        // The first half is for the code to be compiled as well as it gets, on both sides.
        Trips();
        long start = Stopwatch.GetTimestamp();
        Trips();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        partner.Join();
        return elapsed.TotalMicroseconds / PingPongs;

        void Trips()
        {
            for (int i = 0; i < PingPongs; i++)
            {
                ping.Release();
                pong.Acquire();
            }
        }
    }

    private static void Answer(InterprocessSemaphore ping, InterprocessSemaphore pong)
    {
        for (int i = 0; i < 2 * PingPongs; i++)
        {
            ping.Acquire();
            pong.Release();
        }
    }

    /// <summary>
    /// Microseconds to make a MiB of shared memory, open it a second time, close both, and unlink it. Storage is not
    /// reserved, since the peer does not do that either.
    /// </summary>
    public static double CreateOpenUnlink()
    {
        Pass();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Files; i++)
        {
            Pass();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Files;

        static void Pass()
        {
            using SharedMemory made = SharedMemory.Create(FileSize, reserve: false);
            SharedMemory.Open(made.Name).Dispose();
            made.Unlink();
        }
    }

    private static double IncrementsASecond(RawSharedValue<int> counter, Func<int, int> rival)
    {
        using ProcessPool pool = new(Workers);
        pool.Map(rival, [Increments / 5, Increments / 5, Increments / 5, Increments / 5], chunkSize: 1);
        counter.Value = 0;
        long start = Stopwatch.GetTimestamp();
        pool.Map(rival, [Increments, Increments], chunkSize: 1);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return counter.Value == Workers * Increments
            ? counter.Value / elapsed.TotalSeconds
            : throw new InvalidOperationException($"the lock let {(Workers * Increments) - counter.Value} increments get lost");
    }

    private static double NanosecondsEach(Action pair) => Warm.Time(() => Repeat(pair)).TotalNanoseconds / Pairs;

    private static void Repeat(Action action)
    {
        for (int i = 0; i < Pairs; i++)
        {
            action();
        }
    }
}
