using System.Diagnostics;

namespace Cohort.Tests.Worker;

/// <summary>
/// Programs with a tree of workers and of what those started, to be killed. Every process says "up" once it is there; all
/// of them are known by a variable in their environment.
/// </summary>
internal static class WorkerTreeBehaviours
{
    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["tree-plain"] = static _ => Host(static () => WorkerProcess.Start(SpawnAndStay)),
        ["tree-nested"] = static _ => Host(static () => WorkerProcess.Start(Nest, 2)),
        ["tree-standby"] = static _ => Host(static () => WorkerContext.PrepareWarmAsync(2).Wait()),
        ["tree-pool"] = static _ => Host(static () => RunPool(new ProcessPool(2))),
        ["tree-busy-pool"] = static _ => RunBusyPool(),
        ["tree-breeding"] = static _ => Host(static () => WorkerProcess.Start(Breed)),
        ["tree-daemons"] = static _ => Host(static () => WorkerProcess.Start(LeaveDaemons)),
        ["tree-starting"] = static _ => StartForever(),
    };

    private static int Host(Action start)
    {
        start();
        return ProcessBehaviours.Forever("up");
    }

    /// <summary>One process in the worker's own group, one in a session of its own.</summary>
    private static void SpawnAndStay()
    {
        Process.Start("sleep", "1000");
        Process.Start("setsid", ["sleep", "1000"]);
        ProcessBehaviours.Forever("up");
    }

    /// <summary>Two processes in sessions of their own, whose parents are gone.</summary>
    private static void LeaveDaemons()
    {
        Process.Start("setsid", ["--fork", "sleep", "1000"]).WaitForExit();
        Process.Start("sh", ["-c", "setsid sleep 1000 &"]).WaitForExit();
        ProcessBehaviours.Forever("up");
    }

    private static void Nest(int levels)
    {
        if (levels > 0)
        {
            WorkerProcess.Start(Nest, levels - 1);
        }

        SpawnAndStay();
    }

    private static void RunPool(ProcessPool pool)
    {
        for (int i = 0; i < 2; i++)
        {
            _ = pool.ApplyAsync(
                static number =>
                {
                    SpawnAndStay();
                    return number;
                },
                i);
        }
    }

    /// <summary>Calls, a map and a stream at once, of small and of large results, for ever, while calls kill their workers and are run
    /// again; says "up" when all have begun.</summary>
    private static int RunBusyPool()
    {
        ProcessPool pool = new(new ProcessPoolOptions { Workers = 3, TaskOptions = new() { Retries = int.MaxValue, QuarantineAfter = int.MaxValue } });
        Thread calls = new(() =>
        {
            while (true)
            {
                pool.Apply(KillNowAndThen, 1);
            }
        });
        Thread maps = new(() =>
        {
            while (true)
            {
                pool.Map(static n => new byte[n], Enumerable.Repeat(100_000, 50), chunkSize: 5);
            }
        });
        calls.Start();
        maps.Start();
        int taken = 0;
        foreach (Cohort.Pools.Outcome<double[]> outcome in pool.MapOutcomeStream(static n => new double[n % 50_000], Enumerable.Range(0, int.MaxValue)))
        {
            if (++taken == 20)
            {
                Console.Out.WriteLine("up");
                Console.Out.Flush();
            }
        }

        return 0;
    }

    private static int KillNowAndThen(int number)
    {
        if (Random.Shared.Next(1000) == 0)
        {
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }

        return number + 1;
    }

    /// <summary>Starts processes faster than anybody can look for them.</summary>
    private static void Breed()
    {
        Process.Start("sh", ["-c", "while :; do sleep 1000 & setsid sleep 1000 & sleep 0.01; done"]);
        ProcessBehaviours.Forever("up");
    }

    private static int StartForever()
    {
        Console.Out.WriteLine("up");
        Console.Out.Flush();
        for (int i = 0; ; i++)
        {
            WorkerProcess worker = WorkerProcess.Start(SpawnAndStay);
            if (i >= 3)
            {
                worker.Join();
            }
        }
    }
}
