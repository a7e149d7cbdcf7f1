using Cohort.Platform;

namespace Cohort.Tests.Pools;

/// <summary>Pools and workers that are made inside of a pool's worker.</summary>
public sealed class NestedPoolTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task Pools_ThreeDeep_Work()
    {
        await using ProcessPool pool = new(workers: 1);
        Assert.Equal(1 + 100 + 10_000, await pool.ApplyAsync(Descend, 1, 2).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task WorkerProcess_InAWorker_Works()
    {
        await using ProcessPool pool = new(workers: 1);
        Assert.Equal(3, await pool.ApplyAsync(static () =>
        {
            using WorkerProcess inner = WorkerProcess.Start(static () => Environment.Exit(3));
            inner.Join();
            return inner.ExitCode!.Value;
        }).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Pool_InAWorkerThatIsKilled_DiesWithIt()
    {
        await using ProcessPool pool = new(workers: 1);
        ProcessIdentity[] family = [.. (await pool.ApplyAsync(static () =>
        {
            // Kept by nothing but the process: it is not to be closed by anybody.
            ProcessPool inner = new(workers: 2);
            AppContext.SetData("inner", inner);
            return inner.Map(static _ => DeepWorker(), [1, 2], chunkSize: 1).SelectMany(static ids => ids).Concat(inner.WorkerProcessIds).ToArray();
        }).Watched()).Distinct().Select(static id => ProcessIdentity.Of(id)!.Value)];
        Assert.True(family.Length >= 3, "two generations below the worker");
        Deaths.Kill(pool.WorkerProcessIds[0]);
        await Eventually.TrueAsync(() => Array.TrueForAll(family, static member => !member.IsAlive));

        static int[] DeepWorker()
        {
            ProcessPool deep = new(workers: 1);
            AppContext.SetData("deep", deep);
            return [deep.Apply(static () => Environment.ProcessId)];
        }
    }

    /// <summary>Without a limit this would go on until the machine is full.</summary>
    [Fact(Timeout = Limit)]
    public async Task Pool_OfAFunctionThatMakesAPoolOfItself_IsRefusedSomeGenerationsDown()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Name = "top" });
        InvalidOperationException fault = Assert.IsType<InvalidOperationException>(await Watchdog.FaultOf(pool.ApplyAsync(Recurse, 1)));
        Assert.Contains("MainProcess > top:1 > level 1:1 > level 2:1 >", fault.Message, StringComparison.Ordinal);
        Assert.Contains("level 9:1", fault.Message, StringComparison.Ordinal);

        static int Recurse(int level)
        {
            using ProcessPool inner = new(new ProcessPoolOptions { Workers = 1, Name = $"level {level}" });
            return inner.Apply(Recurse, level + 1);
        }
    }

    [Fact(Timeout = Limit)]
    public Task WorkerProcess_OfAFunctionThatStartsItself_IsRefusedSomeGenerationsDown() => Watchdog.Run(() =>
    {
        using Signals signals = new();
        using WorkerProcess first = WorkerProcess.Start(Recurse, signals, 1);
        first.Join();
        Assert.True(signals.IsSet("10 refused"));
        Assert.False(signals.IsSet("11 runs"));

        static void Recurse(Signals signals, int level)
        {
            signals.NoteRunning($"{level}");
            try
            {
                using WorkerProcess inner = WorkerProcess.Start(Recurse, signals, level + 1);
                inner.Join();
            }
            catch (InvalidOperationException)
            {
                signals.Set($"{level} refused");
            }
        }
    });

    private static int Descend(int n, int depth)
    {
        if (depth == 0)
        {
            return n;
        }

        using ProcessPool pool = new(workers: 1);
        return pool.Apply(static n => n, n) + pool.Apply(Descend, n * 100, depth - 1);
    }
}
