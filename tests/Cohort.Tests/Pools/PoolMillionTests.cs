using Cohort.Pools;
using System.Diagnostics;

namespace Cohort.Tests.Pools;

public sealed class PoolMillionTests
{
    private const int TaskCount = 1_000_000;
    private const int Seed = 20260731;

    [Fact(Timeout = 180_000)]
    public async Task A_million_tasks_with_retries_while_a_worker_is_killed_every_20_ms_give_every_result_once()
    {
        Leaks before = Leaks.Snapshot();
        byte[] seen = new byte[TaskCount];
        int taken = 0;
        int killed;
        long start = Stopwatch.GetTimestamp();
        TaskOptions patient = new() { Retries = int.MaxValue, QuarantineAfter = int.MaxValue };
        await using (ProcessPool pool = new(new ProcessPoolOptions { Workers = 4, TaskOptions = patient }))
        {
            using CancellationTokenSource done = new();
            Task<int> killer = Task.Factory.StartNew(
                () => KillRegularly(pool, () => Volatile.Read(ref taken), done.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await foreach ((int number, long square) in pool.MapStreamAsync(Work, Enumerable.Range(0, TaskCount), ordered: false).WithCancellation(TestContext.Current.CancellationToken))
            {
                Assert.Equal((long)number * number, square);
                seen[number]++;
                taken++;
            }

            await done.CancelAsync();
            killed = await killer.Watched();
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {Seed}: {killed} workers killed in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        Assert.Equal(TaskCount, taken);
        Assert.True(seen.AsSpan().IndexOfAnyExcept((byte)1) < 0, "a result came twice or never");
        Assert.True(killed > 20, $"only {killed} workers were killed");
        Leaks.AssertNone(before);
    }

    private static (int Number, long Square) Work(int number)
    {
        Thread.SpinWait(50);
        return (number, (long)number * number);
    }

    private static int KillRegularly(ProcessPool pool, Func<int> progress, CancellationToken done)
    {
        Random random = new(Seed);
        int killed = 0;
        int before = -1;
        while (!done.WaitHandle.WaitOne(20))
        {
            // On a machine so busy that workers take longer to come up than to be killed, they get to do something first.
            int now = progress();
            IReadOnlyList<int> workers = pool.WorkerProcessIds;
            if (now != before && workers.Count > 0)
            {
                before = now;
                killed++;
                Deaths.Kill(workers[random.Next(workers.Count)]);
            }
        }

        return killed;
    }
}
