using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Cohort.Tests.Pools;

public sealed class PoolChaosTests
{
    private const int TaskCount = 100_000;
    private static MemoryMappedViewAccessor? s_runs;

    [Fact(Timeout = 180_000)]
    public async Task A_hundred_thousand_tasks_while_a_worker_is_killed_every_50_ms_have_one_outcome_each()
    {
        Leaks before = Leaks.Snapshot();
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, new byte[TaskCount], TestContext.Current.CancellationToken);
            ConcurrentDictionary<int, bool> killed = new();
            Task<int>[] tasks = new Task<int>[TaskCount];
            await using (ProcessPool pool = new(new ProcessPoolOptions { Workers = 4, Initializer = OpenRuns(path) }))
            {
                using CancellationTokenSource done = new();
                Task killer = Task.Factory.StartNew(
                    () => KillRegularly(pool, killed, tasks, done.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                for (int i = 0; i < TaskCount; i++)
                {
                    tasks[i] = pool.ApplyAsync(Work, i);
                }

                await Task.WhenAll(tasks).ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(150), TestContext.Current.CancellationToken);
                await done.CancelAsync();
                await killer;
            }

            int lost = 0;
            byte[] runs = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            for (int i = 0; i < TaskCount; i++)
            {
                if (tasks[i].IsCompletedSuccessfully)
                {
                    Assert.Equal((i * 2) + 1, tasks[i].Result);
                    Assert.Equal(1, runs[i]);
                }
                else
                {
                    WorkerLostException fault = Assert.IsType<WorkerLostException>(tasks[i].Exception?.InnerException);
                    Assert.Equal(9, fault.Signal);
                    Assert.True(killed.ContainsKey(fault.ProcessId), $"{fault.Message} (nobody killed it)");
                    Assert.InRange(runs[i], 0, 1);
                    lost++;
                }
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{killed.Count} workers killed, {lost} tasks lost");
            Assert.InRange(lost, 1, killed.Count);
        }
        finally
        {
            File.Delete(path);
        }

        Leaks.AssertNone(before);
    }

    /// <summary>Short beside the time between kills, long enough that all take some seconds.</summary>
    private static int Work(int number)
    {
        // Nobody else writes this byte, unless a task runs twice.
        s_runs!.Write(number, (byte)(s_runs.ReadByte(number) + 1));
        long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 50_000);
        while (Stopwatch.GetTimestamp() < end)
        {
            Thread.SpinWait(10);
        }

        return (number * 2) + 1;
    }

    private static Action OpenRuns(string path) => () =>
        s_runs = MemoryMappedFile.CreateFromFile(path, FileMode.Open).CreateViewAccessor(0, TaskCount);

    private static void KillRegularly(ProcessPool pool, ConcurrentDictionary<int, bool> killed, Task<int>[] tasks, CancellationToken done)
    {
        Random random = new(4711);
        int doneBefore = -1;
        while (!done.WaitHandle.WaitOne(50))
        {
            // On a machine so busy that workers take longer to come up than to be killed, they get to do something first.
            int doneNow = tasks.Count(static task => task is { IsCompletedSuccessfully: true });
            if (doneNow == doneBefore)
            {
                continue;
            }

            doneBefore = doneNow;
            IReadOnlyList<int> workers = pool.WorkerProcessIds;
            if (workers.Count > 0)
            {
                int victim = workers[random.Next(workers.Count)];
                killed[victim] = true;
                Deaths.Kill(victim);
            }
        }
    }
}
