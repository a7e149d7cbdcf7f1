using Cohort.Platform;

namespace Cohort.Tests.Synchronizing;

/// <summary>Three worker processes, of which one after another is killed in the middle of what it does, and replaced.</summary>
internal static class Survivors
{
    public const int Processes = 3;

    private static readonly WorkerOptions s_warm = new() { Context = WorkerContext.Warm };

    /// <summary>Kills so many processes.</summary>
    /// <param name="body">What the process of a number does without end.</param>
    /// <param name="everybodyWorks">Completes when all have done something since it was called. Asked for before each kill, and at the end.</param>
    /// <param name="kill">Kills the process of a number and returns when it has ended; null does it by a signal.</param>
    /// <param name="beforeNext">Run before the next process takes the place of the one that was killed.</param>
    public static async Task KillAsync(
        int kills, Action<int> body, Func<Task> everybodyWorks, Func<int, WorkerProcess, Task>? kill = null, Action<int>? beforeNext = null)
    {
        await WorkerContext.PrepareWarmAsync(1, TestContext.Current.CancellationToken);
        WorkerProcess[] workers = [.. Enumerable.Range(0, Processes).Select(Start)];
        Random random = new(12345);
        try
        {
            for (int i = 0; i < kills; i++)
            {
                // Also the new one of the round before.
                await everybodyWorks();
                int victim = random.Next(Processes);
                await (kill?.Invoke(victim, workers[victim]) ?? BySignal(workers[victim]));
                workers[victim].Dispose();
                beforeNext?.Invoke(victim);
                workers[victim] = Start(victim);
            }

            await everybodyWorks();
        }
        finally
        {
            Array.ForEach(workers, static worker => worker.Kill());
            Array.ForEach(workers, static worker => worker.Join());
            Array.ForEach(workers, static worker => worker.Dispose());
            await WorkerContext.PrepareWarmAsync(0, TestContext.Current.CancellationToken).Watched();
        }

        static Task BySignal(WorkerProcess worker)
        {
            worker.Kill();
            return worker.JoinAsync().Watched();
        }

        WorkerProcess Start(int process) => WorkerProcess.Start(body, process, s_warm);
    }

    /// <summary>For the body: so many threads, each of which does one thing over and over.</summary>
    /// <param name="pause">What each thread sleeps after each time, at most: not to wait for anything, but to leave some of the machine to those that start.</param>
    public static void RunForever(int threads, Action<int> use, int pause = 0)
    {
        // Whoever starts, looks or kills goes first.
        ProcessLimits.SetNice(Environment.ProcessId, 10);
        Thread[] all =
        [
            .. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                while (true)
                {
                    use(i);
                    if (pause > 0)
                    {
                        Thread.Sleep(Random.Shared.Next(pause));
                    }
                }
            })),
        ];
        Array.ForEach(all, static thread => thread.Start());
        Array.ForEach(all, static thread => thread.Join());
    }
}
