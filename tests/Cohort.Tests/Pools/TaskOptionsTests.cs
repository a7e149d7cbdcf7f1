using System.Runtime.InteropServices;
using Cohort.Pools;
using Cohort.Sharing;

namespace Cohort.Tests.Pools;

public sealed class TaskOptionsTests
{
    private const int Limit = 60_000;

    public static TheoryData<TaskOptions> BadOptions =>
    [
        new TaskOptions { Timeout = TimeSpan.Zero },
        new TaskOptions { Retries = -1 },
        new TaskOptions { RetryDelay = TimeSpan.FromTicks(-1) },
        new TaskOptions { RetryBackoff = 0.5 },
        new TaskOptions { MaxRetryDelay = TimeSpan.FromTicks(-1) },
        new TaskOptions { QuarantineAfter = 0 },
    ];

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task Options_OutOfRange_AreRefused(TaskOptions options)
    {
        await using ProcessPool pool = new(1);

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.With(options));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(new ProcessPoolOptions { Workers = 1, TaskOptions = options }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new ProcessPool(new ProcessPoolOptions { Workers = 1, TerminationGrace = TimeSpan.FromTicks(-1) }));
    }

    [Fact]
    public void With_WhatOnlyProcessesCanDo_IsRefusedElsewhere()
    {
        using ThreadWorkerPool threads = new(1);
        using InlinePool inline = new();
        foreach (IPool pool in new IPool[] { threads, inline })
        {
            Assert.Throws<NotSupportedException>(() => pool.With(new TaskOptions { Timeout = TimeSpan.FromSeconds(1) }));
            Assert.Equal(1, pool.With(new TaskOptions { Priority = 1, RetryOn = static _ => true }).Apply(static () => 1));
            Assert.Equal(1, pool.With(new TaskOptions { Retries = 1 }).Apply(static () => 1));
        }
    }

    [Fact]
    public void TaskOptions_OfThreadsAndOfTheCaller_AreThePools()
    {
        TaskOptions twice = new() { Retries = 1, RetryOn = static e => e is FormatException };
        TaskOptions late = new() { Timeout = TimeSpan.FromSeconds(1) };
        TaskOptions bad = new() { Retries = -1 };
        using ThreadWorkerPool threads = new(new ThreadWorkerPoolOptions { Workers = 1, TaskOptions = twice });
        using InlinePool inline = new(new InlinePoolOptions { TaskOptions = twice });
        foreach (IPool pool in new IPool[] { threads, inline })
        {
            int runs = 0;
            Assert.Equal(2, pool.Apply(() => ++runs == 2 ? runs : throw new FormatException("once")));
            Assert.Equal(twice, pool.TaskOptions);
        }

        Assert.Throws<NotSupportedException>(() => new ThreadWorkerPool(new ThreadWorkerPoolOptions { TaskOptions = late }));
        Assert.Throws<NotSupportedException>(() => new InlinePool(new InlinePoolOptions { TaskOptions = late }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ThreadWorkerPool(new ThreadWorkerPoolOptions { TaskOptions = bad }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InlinePool(new InlinePoolOptions { TaskOptions = bad }));
    }

    [Fact(Timeout = Limit)]
    public async Task With_AView_EndsWithItsPoolAndNotByItself()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Name = "mine" });
        IPool view = pool.With(new TaskOptions { Retries = 1 });
        Assert.Equal(("mine", 1, 1), (view.Name, view.WorkerCount, view.TaskOptions.Retries));
        view.Dispose();
        await view.DisposeAsync();
        Assert.Equal(1, await view.ApplyAsync(static () => 1).Watched());
        pool.Close();
        Assert.Throws<InvalidOperationException>(() => { _ = view.ApplyAsync(static () => 1); });
        await view.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Timeout_TaskThatNeverEnds_FailsAndItsWorkerIsReplaced()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, CancellationGrace = TimeSpan.FromMilliseconds(20), TerminationGrace = TimeSpan.FromMilliseconds(20),
        });
        int victim = await pool.ApplyAsync(static () => Environment.ProcessId).Watched();
        IPool hurried = pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(100) });
        Task<int> late = hurried.ApplyAsync(signals.Forever("a"));
        Task<int> queued = pool.ApplyAsync(static () => 1);

        TimeoutException fault = Assert.IsType<TimeoutException>(await Watchdog.FaultOf(late));
        Assert.Contains($"#{victim}", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, await queued.Watched());
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{victim}"));
        Assert.NotEqual(victim, await pool.ApplyAsync(static () => Environment.ProcessId).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Timeout_TasksThatEndInTime_KeepTheirWorkers()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, TaskOptions = new() { Timeout = Watchdog.Limit } });
        int[] workers = [.. (await pool.MapAsync(static _ => Environment.ProcessId, Enumerable.Range(0, 1000)).Watched()).Distinct()];

        Assert.Equal(Enumerable.Range(0, 1000), await pool.MapAsync(static n => n, Enumerable.Range(0, 1000)).Watched());
        Assert.Subset(pool.WorkerProcessIds.ToHashSet(), workers.ToHashSet());
    }

    [Fact(Timeout = Limit)]
    public async Task Timeout_OfAnyLength_HoldsForALargerChunk()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, TaskOptions = new() { Timeout = TimeSpan.MaxValue } });
        Assert.Equal(Enumerable.Range(0, 20), await pool.MapAsync(static n => n, Enumerable.Range(0, 20), chunkSize: 5).Watched());
    }

    /// <summary>One late item fails its map; the others are done, and only that worker is gone.</summary>
    [Fact(Timeout = Limit)]
    public async Task Timeout_InAMap_IsEachItems()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 2, CancellationGrace = TimeSpan.Zero, TerminationGrace = TimeSpan.Zero,
        });
        IPool hurried = pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        using RawSharedArray<int> done = new(20);
        Task<int[]> map = hurried.MapAsync(Block(signals, done), Enumerable.Range(0, 20));

        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(map));
        Assert.Equal(Enumerable.Range(0, 20).Select(static n => n == 7 ? 0 : 1), done);

        static Func<int, int> Block(Signals signals, RawSharedArray<int> done) => n =>
        {
            if (n == 7)
            {
                return signals.RunForever("a");
            }

            done[n] = 1;
            return n;
        };
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancellationToken_OfARunningTask_IsCancelledAndSavesItsWorker(bool isCaptured)
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, CancellationGrace = TimeSpan.MaxValue });
        int worker = await pool.ApplyAsync(static () => Environment.ProcessId).Watched();
        CancellationToken token = source.Token;
        Task<int> task = isCaptured
            ? pool.ApplyAsync(WaitCaptured(signals, token), token)
            : pool.ApplyAsync(WaitOwn(signals), token);
        await signals.IsRunningAsync("a");
        await source.CancelAsync();

        Assert.True(task.IsCanceled);
        Assert.Equal(worker, await pool.ApplyAsync(static () => Environment.ProcessId).Watched());
        Assert.True(signals.IsSet("cancelled"));

        static Func<int> WaitCaptured(Signals signals, CancellationToken token) => () => Wait(signals, token);
        static Func<int> WaitOwn(Signals signals) => () => Wait(signals, WorkerTask.Current!.CancellationToken);
        static int Wait(Signals signals, CancellationToken token)
        {
            signals.NoteRunning("a");
            token.WaitHandle.WaitOne();
            signals.Set("cancelled");
            return 0;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task CancellationToken_ByTimeout_IsCancelledToo()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, CancellationGrace = TimeSpan.MaxValue });
        int worker = await pool.ApplyAsync(static () => Environment.ProcessId).Watched();
        Task<bool> late = pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(50) })
            .ApplyAsync(static () => WorkerTask.Current!.CancellationToken.WaitHandle.WaitOne());

        Assert.IsType<TimeoutException>(await Watchdog.FaultOf(late));
        Assert.Equal(worker, await pool.ApplyAsync(static () => Environment.ProcessId).Watched());
    }

    /// <summary>A map's function is decoded for each task then, as each has a token of its own.</summary>
    [Fact(Timeout = Limit)]
    public async Task CancellationToken_CapturedByAMap_IsFreshForEachTask()
    {
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(2);
        CancellationToken token = source.Token;

        bool[] cancelled = await pool.MapAsync(_ => token.IsCancellationRequested, Enumerable.Range(0, 100), chunkSize: 1, cancellationToken: token).Watched();
        Assert.All(cancelled, Assert.False);
        Assert.True(await pool.ApplyAsync(() => token.CanBeCanceled).Watched());
        Assert.Null(WorkerTask.Current);
    }

    [Fact(Timeout = Limit)]
    public async Task WorkerTask_KnowsItsWorker()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Name = "p" });

        Assert.Equal(("p:1", 1), await pool.ApplyAsync(static () => (WorkerTask.Current!.WorkerName, WorkerTask.Current.WorkerId)).Watched());
    }

    /// <summary>SIGTERM comes before SIGKILL: a worker that has registered for it ends in order.</summary>
    [Fact(Timeout = Limit)]
    public async Task TerminationGrace_LetsTheWorkerEndInOrder()
    {
        using Signals signals = new();
        using CancellationTokenSource source = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1, CancellationGrace = TimeSpan.Zero, TerminationGrace = Watchdog.Limit,
        });
        Task<int> task = pool.ApplyAsync(NoteEnd(signals), source.Token);
        await signals.IsRunningAsync("a");
        await source.CancelAsync();

        await Eventually.TrueAsync(() => signals.IsSet("ended in order"));
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        static Func<int> NoteEnd(Signals signals) => () =>
        {
            using PosixSignalRegistration registration = PosixSignalRegistration.Create(
                PosixSignal.SIGTERM,
                _ =>
                {
                    signals.Set("ended in order");
                    Environment.Exit(0);
                });
            return signals.RunForever("a");
        };
    }

    [Fact(Timeout = Limit)]
    public async Task RetryDelay_TasksThatWait_HoldUpNobodyAndEndWithThePool()
    {
        await using ProcessPool pool = new(1);
        IPool slow = pool.With(new TaskOptions { Retries = 1, RetryOn = static _ => true, RetryDelay = TimeSpan.FromHours(1), MaxRetryDelay = TimeSpan.FromHours(1) });
        Task<int> waiting = slow.ApplyAsync(Deaths.Throw);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        Assert.False(waiting.IsCompleted);
        pool.Terminate();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(waiting));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 10)]
    [InlineData(5000, 10)]
    public void DelayBefore_GrowsUpToItsLimit(int again, int seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds),
        new TaskOptions { RetryDelay = TimeSpan.FromSeconds(1), MaxRetryDelay = TimeSpan.FromSeconds(10) }.DelayBefore(again));

    [Fact]
    public void DelayBefore_OfNone_IsNoneEver() => Assert.Equal(TimeSpan.Zero, new TaskOptions().DelayBefore(5000));

    [Fact(Timeout = Limit)]
    public async Task QuarantineAfter_TaskThatKillsWorkers_IsNotRunAgain()
    {
        await using ProcessPool pool = new(1);
        using RawSharedValue<int> runs = new();
        IPool patient = pool.With(new TaskOptions { Retries = 100, QuarantineAfter = 2 });
        PoisonTaskException fault = Assert.IsType<PoisonTaskException>(await Watchdog.FaultOf(
            patient.ApplyAsync(() => { Interlocked.Increment(ref runs.Ref); return Deaths.KillSelf(); })));

        Assert.Equal(2, runs.Value);
        Assert.Equal(2, fault.Deaths.Count);
        Assert.Equal(2, fault.Deaths.Select(static death => death.ProcessId).Distinct().Count());
        Assert.Contains(fault.TaskDescription, fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }
}
