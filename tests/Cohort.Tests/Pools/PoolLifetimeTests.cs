using System.Diagnostics;

namespace Cohort.Tests.Pools;

public sealed class PoolLifetimeTests
{
    private const int Limit = 120_000;

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Constructor_WorkersBelowOne_ThrowsArgumentOutOfRange(int workers)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(workers));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(new ProcessPoolOptions { Workers = workers }));
    }

    [Fact]
    public void Constructor_OtherOptionsOutOfRange_ThrowsArgumentOutOfRange()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(new ProcessPoolOptions { Workers = 1, TaskOptions = new() { Retries = -1 } }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new ProcessPool(new ProcessPoolOptions { Workers = 1, CancellationGrace = TimeSpan.FromTicks(-1) }));
    }

    [Fact(Timeout = Limit)]
    public async Task Options_NameAndWorkers_AreThePoolsOwn()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 3, Name = "Mill" });
        Assert.Equal(3, pool.WorkerCount);
        Assert.Equal(3, pool.WorkerProcessIds.Distinct().Count());
        Assert.Contains("Mill", pool.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("Mill", await pool.ApplyAsync(static () => WorkerProcess.Current.Name).Watched(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_AfterCloseOrTerminate_ThrowsInvalidOperation(bool terminate)
    {
        await using ProcessPool pool = new(1);
        if (terminate)
        {
            pool.Terminate();
        }
        else
        {
            pool.Close();
        }

        Assert.All(
            (Action[])
            [
                () => pool.Apply(static () => 1),
                () => { pool.ApplyAsync(static () => 1); },
                () => pool.Map(static n => n, [1]),
                () => { pool.MapAsync(static n => n, Array.Empty<int>()); },
                () => pool.StarMap(static (a, b) => a + b, [(1, 2)]),
                () => _ = pool.MapStream(static n => n, [1]),
                () => _ = pool.MapStreamAsync(static n => n, [1]),
            ],
            static call => Watchdog.ThrownAtCall<InvalidOperationException>(call));
    }

    [Fact(Timeout = Limit)]
    public async Task Join_BeforeClose_ThrowsInvalidOperation()
    {
        await using ProcessPool pool = new(1);
        Watchdog.ThrownAtCall<InvalidOperationException>(pool.Join);
        Watchdog.ThrownAtCall<InvalidOperationException>(() => pool.TryJoin(TimeSpan.Zero));
        Watchdog.ThrownAtCall<InvalidOperationException>(() => { pool.JoinAsync(); });
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Close_WithWorkLeft_DoesItAllThenWorkersExitWithZero()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, Initializer = NoteExit(signals) });
        Task<int> running = pool.ApplyAsync(signals.Released("a", 4));
        Task<int> other = pool.ApplyAsync(signals.Released("b", 5));
        Task<int>[] queued = [.. Enumerable.Range(0, 100).Select(n => pool.ApplyAsync(static n => n * 2, n))];
        Task<int[]> map = pool.MapAsync(static n => n + 1, Enumerable.Range(0, 10_000));
        await signals.IsRunningAsync("a");
        await signals.IsRunningAsync("b");
        int[] workers = [.. pool.WorkerProcessIds];
        pool.Close();
        pool.Close();
        Assert.False(pool.TryJoin(TimeSpan.FromMilliseconds(50)));
        signals.Release("a");
        signals.Release("b");
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(4, await running.Watched());
        Assert.Equal(5, await other.Watched());
        Assert.Equal(Enumerable.Range(0, 100).Select(static n => n * 2), await Task.WhenAll(queued).Watched());
        Assert.Equal(Enumerable.Range(1, 10_000), await map.Watched());
        Assert.Empty(pool.WorkerProcessIds);
        Assert.All(workers, worker => Assert.True(signals.IsSet($"{worker} exits with 0")));

        // Runs only in an orderly exit, never when a worker is killed.
        static Action NoteExit(Signals signals) => () =>
            AppDomain.CurrentDomain.ProcessExit += (_, _) => signals.Set($"{Environment.ProcessId} exits with {Environment.ExitCode}");
    }

    [Fact(Timeout = Limit)]
    public async Task Close_OfAnIdlePool_Ends()
    {
        for (int i = 0; i < 5; i++)
        {
            await using ProcessPool pool = new(2);
            await pool.ApplyAsync(static () => 1).Watched();
            if (i > 0)
            {
                // Long enough that everybody sleeps.
                await Task.Delay(20 * i, TestContext.Current.CancellationToken);
            }

            pool.Close();
            await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Close_WhileManyCall_EachCallEndsOneWay()
    {
        for (int round = 0; round < 10; round++)
        {
            await using ProcessPool pool = new(2);
            await pool.ApplyAsync(static () => 1).Watched();
            using Barrier start = new(5);
            Task<int>[] callers = [.. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                start.SignalAndWait();
                int done = 0;
                try
                {
                    while (true)
                    {
                        Assert.Equal(done, pool.Apply(static n => n, done));
                        done++;
                    }
                }
                catch (InvalidOperationException)
                {
                    return done;
                }
            }))];
            start.SignalAndWait(TestContext.Current.CancellationToken);
            await Task.Delay(5, TestContext.Current.CancellationToken);
            pool.Close();
            await Task.WhenAll(callers).Watched();
            await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Close_LastWorkerDiesWithWorkLeft_WorkIsDoneByAnother()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(1);
        Task<int> doomed = pool.ApplyAsync(signals.Forever("a"));
        Task<int>[] queued = [.. Enumerable.Range(0, 10).Select(n => pool.ApplyAsync(static n => n, n))];
        await signals.IsRunningAsync("a");
        pool.Close();
        Deaths.Kill(pool.WorkerProcessIds[0]);
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(doomed));
        Assert.Equal(Enumerable.Range(0, 10), await Task.WhenAll(queued).Watched());
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Close_StreamInTheMiddle_EndsWithItsResultsOrSaysThatThePoolIsClosed()
    {
        await using ProcessPool pool = new(1);
        List<int> results = [];
        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(() => Watchdog.Run(() =>
        {
            foreach (int result in pool.MapStream(static n => n, Endless(), maxInFlight: 4))
            {
                results.Add(result);
                if (results.Count == 10)
                {
                    pool.Close();
                    pool.Join();
                }
            }
        }));
        Assert.Contains("closed", fault.Message, StringComparison.Ordinal);
        Assert.InRange(results.Count, 10, 14);
        Assert.Equal(Enumerable.Range(0, results.Count), results);

        static IEnumerable<int> Endless()
        {
            for (int i = 0; ; i++)
            {
                yield return i;
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_WithWorkOutstanding_FailsAllOfItWithOperationCanceled()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(1);
        Task<int> running = pool.ApplyAsync(signals.Forever("a"));
        Task<int>[] queued = [.. Enumerable.Range(0, 100).Select(n => pool.ApplyAsync(static n => n, n))];
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 1000));
        Task<List<int>> stream = pool.MapStreamAsync(static n => n, Enumerable.Range(0, 1000)).ToListAsync();
        await signals.IsRunningAsync("a");
        pool.Terminate();
        foreach (Task task in (Task[])[running, .. queued, map, stream])
        {
            Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(task));
        }

        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Empty(pool.WorkerProcessIds);
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_WhileManySubmit_EachTaskHasAnOutcome()
    {
        for (int round = 0; round < 5; round++)
        {
            await using ProcessPool pool = new(2);
            await pool.ApplyAsync(static () => 1).Watched();
            Task<List<Task<int>>>[] submitters = [.. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                List<Task<int>> tasks = [];
                try
                {
                    while (tasks.Count < 100_000)
                    {
                        tasks.Add(pool.ApplyAsync(static n => n, 1));
                    }
                }
                catch (InvalidOperationException)
                {
                }

                return tasks;
            }))];
            await Task.Delay(10, TestContext.Current.CancellationToken);
            pool.Terminate();
            Task[] all = [.. (await Task.WhenAll(submitters).Watched()).SelectMany(static tasks => tasks)];
            await Task.WhenAll(all).ContinueWith(static _ => { }, TaskScheduler.Default).Watched();
            await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_AnyNumberOfTimesInAnyOrder_LeavesNothing()
    {
        Leaks before = Leaks.Snapshot();
        await Watchdog.Run(static () =>
        {
            ProcessPool pool = new(2);
            Task<int> task = pool.ApplyAsync(static () => 1);
            Parallel.For(0, 4, _ => pool.Dispose());
            pool.Dispose();
            pool.Close();
            pool.Terminate();
            pool.Join();
            Assert.True(task.IsCompleted);
        });
        ProcessPool second = new(2);
        await second.ApplyAsync(static () => 1).Watched();
        await second.DisposeAsync().AsTask().Watched();
        await second.DisposeAsync().AsTask().Watched();
        Watchdog.ThrownAtCall<InvalidOperationException>(() => second.Apply(static () => 1));
        Leaks.AssertNone(before);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_AfterAllKindsOfWork_LeavesNoProcessAndNoDescriptor()
    {
        Leaks before = Leaks.Snapshot();
        for (int round = 0; round < 5; round++)
        {
            await using ProcessPool pool = new(2);
            await pool.MapAsync(static n => new string('x', n), Enumerable.Range(0, 100)).Watched();
            Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf)));
            await pool.ApplyAsync(static b => b.Length, new byte[3 << 20]).Watched();
            _ = pool.ApplyAsync(static () => Thread.Sleep(Timeout.Infinite));
        }

        Leaks.AssertNone(before);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_TaskThatStartedAProcess_TakesItAlong()
    {
        int child;
        await using (ProcessPool pool = new(1))
        {
            child = await pool.ApplyAsync(static () =>
            {
                Process sleeper = Process.Start("sleep", "1000");
                return sleeper.Id;
            }).Watched();
            Assert.True(Directory.Exists($"/proc/{child}"));
        }

        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{child}") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task IdlePool_UsesNoCpu()
    {
        await using ProcessPool pool = new(2);
        await pool.MapAsync(static n => n, Enumerable.Range(0, 10_000)).Watched();
        await pool.ApplyAsync(static () => 1).Watched();
        long least = long.MaxValue;

        // The runtime compiles in the background for a while after the last work: the best of some seconds counts.
        for (int i = 0; i < 6 && least > 2; i++)
        {
            long before = Ticks(pool);
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            least = Math.Min(least, Ticks(pool) - before);
        }

        Assert.True(least <= 2, $"idle workers used {least} ticks in a second");

        static long Ticks(ProcessPool pool) => pool.WorkerProcessIds.Sum(static id =>
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[11], null) + long.Parse(fields[12], null);
        });
    }
}
