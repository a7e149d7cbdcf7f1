using System.Diagnostics;
using Cohort.Serializing;

namespace Cohort.Tests.Pools;

/// <summary>What docs/from-python.md says of Python's <c>Pool</c> and its results, each shown once in its shortest form.</summary>
public sealed class PythonPoolTests : IClassFixture<PythonPoolTests.TwoWorkers>
{
    private static readonly TimeSpan s_watchdog = TimeSpan.FromSeconds(60);
    private readonly ProcessPool _pool;

    public PythonPoolTests(TwoWorkers workers) => _pool = workers.Pool;

    [Fact]
    public void Pool_has_the_workers_that_were_asked_for()
    {
        Assert.Equal(2, _pool.WorkerCount);
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ProcessPool(workers: 0));
        using ProcessPool usual = new();
        Assert.Equal(WorkerProcess.CpuCount, usual.WorkerCount);
    }

    [Fact]
    public void Pool_runs_its_initializer_in_each_worker()
    {
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = static () => AppContext.SetData("ready", "yes") });
        Assert.Equal("yes", pool.Apply(static () => AppContext.GetData("ready") as string));
        Assert.Null(AppContext.GetData("ready"));
    }

    [Fact]
    public void Pool_apply_gives_the_result()
    {
        Assert.Equal(42, _pool.Apply(static () => 42));
        Assert.Equal(9, _pool.Apply(static n => n * n, 3));
        Assert.Equal("ab", _pool.Apply(static (a, b) => a + b, "a", "b"));
    }

    [Fact]
    public async Task Pool_apply_async_gives_a_task()
    {
        Task<int> result = _pool.ApplyAsync(static n => n * n, 3);
        Assert.Equal(9, await result.WaitAsync(s_watchdog));
    }

    [Fact]
    public async Task Pool_apply_async_calls_back_by_continuation()
    {
        List<string> called = [];
        await _pool.ApplyAsync(static n => n * n, 3).ContinueWith(done => called.Add($"result {done.Result}"), TaskScheduler.Default);
        await _pool.ApplyAsync(Fail, 3).ContinueWith(done => called.Add($"error {done.Exception!.InnerException!.Message}"), TaskScheduler.Default);
        Assert.Equal(["result 9", "error no 3"], called);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Pool_map_keeps_the_order(int? chunkSize)
    {
        int[] expected = [.. Enumerable.Range(0, 100).Select(static n => n * n)];
        Assert.Equal(expected, _pool.Map(static n => n * n, Enumerable.Range(0, 100), chunkSize));
        Assert.Equal(expected, await _pool.MapAsync(static n => n * n, Enumerable.Range(0, 100), chunkSize).WaitAsync(s_watchdog));
    }

    [Fact]
    public async Task Pool_starmap_spreads_pairs_over_two_arguments()
    {
        (string, int)[] pairs = [("a", 1), ("b", 2)];
        Assert.Equal(["a", "bb"], _pool.StarMap(static (text, times) => string.Concat(Enumerable.Repeat(text, times)), pairs));
        Assert.Equal(
            ["a", "bb"],
            await _pool.StarMapAsync(static (text, times) => string.Concat(Enumerable.Repeat(text, times)), pairs).WaitAsync(s_watchdog));
    }

    [Fact]
    public async Task Pool_imap_streams_in_order()
    {
        Assert.Equal([0, 1, 4, 9], _pool.MapStream(static n => n * n, Enumerable.Range(0, 4)));
        List<int> results = [];
        await foreach (int result in _pool.MapStreamAsync(static n => n * n, Enumerable.Range(0, 4)))
        {
            results.Add(result);
        }

        Assert.Equal([0, 1, 4, 9], results);
    }

    [Fact]
    public async Task Pool_imap_unordered_gives_results_as_they_come()
    {
        List<int> results = [];
        await foreach (int result in _pool.MapStreamAsync(static n => n * n, Enumerable.Range(0, 50), ordered: false))
        {
            results.Add(result);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(static n => n * n), results.Order());
    }

    [Fact]
    public async Task Pool_close_refuses_new_work_and_finishes_the_old()
    {
        await using ProcessPool pool = new(workers: 1);
        Task<int> accepted = pool.ApplyAsync(static n => n + 1, 1);
        pool.Close();
        Assert.ThrowsAny<InvalidOperationException>(() => pool.Apply(static n => n, 1));
        Assert.True(pool.TryJoin(s_watchdog));
        Assert.Equal(2, await accepted.WaitAsync(s_watchdog));
    }

    [Fact]
    public async Task Pool_terminate_ends_running_work()
    {
        await using ProcessPool pool = new(workers: 1);
        Task running = pool.ApplyAsync(static () => Thread.Sleep(Timeout.Infinite));
        pool.Terminate();
        await pool.JoinAsync().WaitAsync(s_watchdog);
        await Assert.ThrowsAnyAsync<Exception>(() => running.WaitAsync(s_watchdog));
        Assert.True(running.IsCompleted);
    }

    [Fact]
    public void Pool_join_is_for_pools_that_were_closed() => Assert.ThrowsAny<InvalidOperationException>(_pool.Join);

    [Fact]
    public void Pool_at_the_end_of_using_is_gone()
    {
        int[] workers;
        using (ProcessPool pool = new(workers: 2))
        {
            pool.Apply(static () => 1);
            workers = [.. pool.WorkerProcessIds];
            Assert.Equal(2, workers.Length);
        }

        Assert.All(workers, static id => Assert.False(Directory.Exists($"/proc/{id}")));
    }

    [Fact]
    public async Task AsyncResult_get_rethrows_on_every_call()
    {
        Task<int> result = _pool.ApplyAsync(Fail, 3);
        Assert.Equal("no 3", (await Assert.ThrowsAsync<InvalidOperationException>(() => result.WaitAsync(s_watchdog))).Message);
        Assert.Equal("no 3", Assert.Throws<InvalidOperationException>(() => result.GetAwaiter().GetResult()).Message);
    }

    [Fact]
    public async Task AsyncResult_get_with_a_timeout_throws_TimeoutException()
    {
        await using ProcessPool pool = new(workers: 1);
        Task never = pool.ApplyAsync(static () => Thread.Sleep(Timeout.Infinite));
        await Assert.ThrowsAsync<TimeoutException>(() => never.WaitAsync(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task AsyncResult_wait_ready_and_successful_are_the_tasks()
    {
        Task<int> good = _pool.ApplyAsync(static n => n, 3);
        Task<int> bad = _pool.ApplyAsync(Fail, 3);
        await Task.WhenAll(good, bad).ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(s_watchdog);
        Assert.True(good is { IsCompleted: true, IsCompletedSuccessfully: true });
        Assert.True(bad is { IsCompleted: true, IsCompletedSuccessfully: false, IsFaulted: true });
    }

    [Fact]
    public async Task IMapIterator_next_takes_a_timeout()
    {
        await using ProcessPool pool = new(workers: 1);
        await using IAsyncEnumerator<int> results =
            pool.MapStreamAsync(static n => n == 0 ? n : Forever(), [0, 1], chunkSize: 1).GetAsyncEnumerator();
        Assert.True(await results.MoveNextAsync().AsTask().WaitAsync(s_watchdog));
        Assert.Equal(0, results.Current);
        Task<bool> next = results.MoveNextAsync().AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(TimeSpan.FromMilliseconds(20)));
        pool.Terminate();
        await Assert.ThrowsAnyAsync<Exception>(() => next.WaitAsync(s_watchdog));
    }

    [Fact]
    public async Task MaybeEncodingError_names_the_path_in_the_result()
    {
        PickleException fault = await Assert.ThrowsAsync<PickleException>(
            () => _pool.ApplyAsync(static () => ("fine", File.OpenRead("/dev/null"))).WaitAsync(s_watchdog));
        Assert.Contains("Item2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("FileStream", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, _pool.Apply(static () => 1));
    }

    [Fact]
    public void ForkingPickler_register_gives_a_type_its_own_form()
    {
        Picklers.Register(new BoxPickler());
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = static () => Picklers.Register(new BoxPickler()) });
        Box answer = pool.Apply(static box => new Box(box.Content + "!"), new Box("hello"));
        Assert.Equal("hello!", answer.Content);
        Assert.Equal(1, answer.TimesUnpacked);

        Crate crate = pool.Apply(static crate => new Crate(crate.Content + "!"), new Crate("hello"));
        Assert.Equal("hello! (carried)", crate.Content);
    }

    [Fact]
    public async Task RemoteTraceback_is_in_the_exceptions_stack()
    {
        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(() => _pool.ApplyAsync(Fail, 3).WaitAsync(s_watchdog));
        Assert.Contains(nameof(Fail), fault.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProcessError_is_the_base_of_what_the_other_side_did()
    {
        CohortException fault = await Assert.ThrowsAnyAsync<CohortException>(
            () => _pool.ApplyAsync(static () => Process.GetCurrentProcess().Kill()).WaitAsync(s_watchdog));
        WorkerLostException lost = Assert.IsType<WorkerLostException>(fault);
        Assert.Equal(9, lost.Signal);
        Assert.Equal(1, _pool.Apply(static () => 1));
    }

    private static int Fail(int n) => throw new InvalidOperationException($"no {n}");

    private static int Forever()
    {
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>Its pickler is registered.</summary>
    private sealed class Box(string content)
    {
        public string Content { get; } = content;

        public int TimesUnpacked { get; init; }
    }

    private sealed class BoxPickler : IPickler<Box>
    {
        public void Write(PickleWriter writer, Box value) => writer.WriteString(value.Content);

        public Box Read(PickleReader reader) => new(reader.ReadString()!) { TimesUnpacked = 1 };
    }

    /// <summary>Names its pickler itself.</summary>
    [Picklable(typeof(CratePickler))]
    private sealed record Crate(string Content);

    private sealed class CratePickler : IPickler<Crate>
    {
        public void Write(PickleWriter writer, Crate value) => writer.WriteString(value.Content);

        public Crate Read(PickleReader reader) =>
            new(reader.ReadString() + (WorkerProcess.IsWorker ? "" : " (carried)"));
    }

    public sealed class TwoWorkers : IDisposable
    {
        public ProcessPool Pool { get; } = new(workers: 2);

        public void Dispose() => Pool.Dispose();
    }
}
