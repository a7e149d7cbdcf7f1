using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>What Python's executors and their futures do, said with pools and tasks.</summary>
public abstract class PythonExecutorTests(IPool pool)
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task As_completed_yields_each_future_once_when_duplicates_are_taken_out()
    {
        Task<int>[] tasks = [.. Enumerable.Range(0, 5).Select(n => pool.ApplyAsync(static m => m, n))];
        List<int> results = [];
        await foreach (Task<int> task in Task.WhenEach(((Task<int>[])[.. tasks, tasks[0], tasks[4]]).Distinct()))
        {
            results.Add(await task);
        }

        Assert.Equal(Enumerable.Range(0, 5), results.Order());
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_for_the_first_for_the_first_exception_for_all_or_for_a_time()
    {
        using Signals signals = new();
        Task<int> slow = pool.ApplyAsync(signals.Released("slow", 1));
        await signals.IsRunningAsync("slow");
        Task<int> good = pool.ApplyAsync(static () => 2);
        Task<int> bad = pool.ApplyAsync(Deaths.Throw);

        // FIRST_COMPLETED
        Assert.NotSame(slow, await Task.WhenAny(slow, good, bad).Watched());

        // FIRST_EXCEPTION
        Task? firstFailed = null;
        await foreach (Task<int> task in Task.WhenEach(slow, good, bad))
        {
            if (task.IsFaulted)
            {
                firstFailed = task;
                break;
            }
        }

        Assert.Same(bad, firstFailed);

        // A timeout leaves some done and some not.
        Task all = Task.WhenAll(slow, good, bad);
        await Assert.ThrowsAsync<TimeoutException>(() => all.WaitAsync(TimeSpan.FromMilliseconds(20)));
        Assert.True(good.IsCompletedSuccessfully && !slow.IsCompleted);

        // ALL_COMPLETED
        signals.Release("slow");
        Assert.IsType<FormatException>(await Watchdog.FaultOf(all));
        Assert.Equal(1, slow.Result);
    }

    [Fact(Timeout = Limit)]
    public async Task Done_callbacks_are_called_once_for_results_exceptions_and_cancellations_also_when_added_late()
    {
        using CancellationTokenSource source = new();
        using Signals signals = new();
        Task<int> good = pool.ApplyAsync(static () => 2);
        Task bad = pool.ApplyAsync(static () => throw new FormatException("no"));
        Task cancelled = pool.ApplyAsync(signals.Released("held"), source.Token);
        await signals.IsRunningAsync("held");
        await source.CancelAsync();
        signals.Release("held");
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(TaskStatus.RanToCompletion, await good.ContinueWith(static done => done.Status, TaskScheduler.Default).Watched());
            Assert.Equal(TaskStatus.Faulted, await bad.ContinueWith(static done => done.Status, TaskScheduler.Default).Watched());
            Assert.Equal(TaskStatus.Canceled, await cancelled.ContinueWith(static done => done.Status, TaskScheduler.Default).Watched());
        }

        // One that fails itself has its fault to itself.
        Task failing = good.ContinueWith(static _ => throw new InvalidOperationException("callback"), TaskScheduler.Default);
        Assert.Equal("callback", (await Watchdog.FaultOf(failing)).Message);
        Assert.Equal(2, await good);
    }

    [Fact(Timeout = Limit)]
    public async Task Map_gives_its_exception_at_its_place_and_a_step_takes_a_timeout()
    {
        using Signals signals = new();
        await using IAsyncEnumerator<int> results = pool.MapStreamAsync(Step(signals), [1, 2, 0, 3], chunkSize: 1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await results.MoveNextAsync().AsTask().Watched());
        Assert.True(await results.MoveNextAsync().AsTask().Watched());
        Task<bool> next = results.MoveNextAsync().AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(TimeSpan.FromMilliseconds(20)));
        signals.Release("zero");
        Assert.IsType<DivideByZeroException>(await Watchdog.FaultOf(next));

        static Func<int, int> Step(Signals signals) => n => 6 / (n == 0 ? signals.RunUntilReleased("zero", n) : n);
    }

    [Fact(Timeout = Limit)]
    public async Task Fifty_tasks_are_all_done_after_shutdown()
    {
        await using IPool own = New(5);
        Task<int>[] tasks = [.. Enumerable.Range(0, 50).Select(n => own.ApplyAsync(static m => m * 2, n))];
        own.Close();
        Assert.All(tasks.Index(), static pair => Assert.Equal(pair.Index * 2, pair.Item.GetAwaiter().GetResult()));
        await own.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Watchdog.ThrownAtCall<InvalidOperationException>(() => { own.ApplyAsync(static () => 1); });
    }

    [Fact(Timeout = Limit)]
    public async Task No_more_workers_are_used_than_asked_for()
    {
        await using IPool own = New(3);
        (int, int)[] used = await own.MapAsync(static _ => (Environment.ProcessId, Environment.CurrentManagedThreadId), Enumerable.Range(0, 150), 1).Watched();
        Assert.InRange(used.Distinct().Count(), 1, 3);
    }

    protected abstract IPool New(int workers);
}

public sealed class PythonProcessExecutorTests(SharedPool shared) : PythonExecutorTests(shared.Pool), IClassFixture<SharedPool>
{
    [Fact(Timeout = 120_000)]
    public async Task An_exit_in_a_task_is_delivered_as_its_exception()
    {
        WorkerLostException fault = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(shared.Pool.ApplyAsync(static () => Environment.Exit(1))));
        Assert.Equal(1, fault.ExitCode);
    }

    protected override IPool New(int workers) => new ProcessPool(workers);
}

public sealed class PythonThreadExecutorTests(PythonThreadExecutorTests.TwoThreads shared)
    : PythonExecutorTests(shared.Pool), IClassFixture<PythonThreadExecutorTests.TwoThreads>
{
    protected override IPool New(int workers) => new ThreadWorkerPool(workers);

    public sealed class TwoThreads : IDisposable
    {
        public ThreadWorkerPool Pool { get; } = new(2);

        public void Dispose() => Pool.Dispose();
    }
}
