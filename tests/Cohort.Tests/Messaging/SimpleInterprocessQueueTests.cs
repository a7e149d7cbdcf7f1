using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

public sealed class SimpleInterprocessQueueTests
{
    private const int Limit = 60_000;

    /// <summary>TestSimpleQueue.test_empty: another process sees what this one does, and back.</summary>
    [Fact(Timeout = Limit)]
    public async Task IsEmpty_follows_a_worker()
    {
        using SimpleInterprocessQueue<bool> queue = new();
        using SimpleInterprocessQueue<int> go = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static (queue, go) =>
            {
                go.Get();
                queue.Put(queue.IsEmpty);
                queue.Put(queue.IsEmpty);
            },
            queue,
            go);
        Assert.True(queue.IsEmpty);
        go.Put(1);
        await worker.JoinAsync().Watched();

        Assert.False(queue.IsEmpty);
        Assert.True(queue.Get());
        Assert.False(await queue.GetAsync());
        Assert.True(queue.IsEmpty);
        Assert.Equal(0, worker.ExitCode);
    }

    /// <summary>TestSimpleQueue.test_empty_exceptions, test_close and test_closed.</summary>
    [Fact]
    public void Dispose_twice_then_every_use_throws()
    {
        SimpleInterprocessQueue<int> queue = new();
        queue.Dispose();
        queue.Dispose();

        Assert.Throws<ObjectDisposedException>(() => queue.IsEmpty);
        Assert.Throws<ObjectDisposedException>(() => queue.Put(1));
        Assert.Throws<ObjectDisposedException>(() => queue.Get());
        Assert.Contains("disposed", queue.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Get_each_form_waits_and_takes()
    {
        using SimpleInterprocessQueue<string> queue = new();
        Assert.False(queue.TryGet(out _));
        Assert.False((await queue.TryGetAsync(TimeSpan.FromMilliseconds(1))).HasValue);
        Task<string> blocked = Watchdog.Run(() => queue.Get());
        queue.Put("a");
        Assert.Equal("a", await blocked.Watched());
        Task<string> waiting = queue.GetAsync().AsTask();
        queue.Put("b");
        Assert.Equal("b", await waiting.Watched());
        queue.Put("c");
        Assert.True(queue.TryGet(out string? third));
        Assert.Equal("c", third);
        queue.Put("d");
        Assert.Equal("d", (await queue.TryGetAsync()).Value);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.GetAsync(new CancellationToken(true)).AsTask());
        Assert.Throws<OperationCanceledException>(() => queue.Get(new CancellationToken(true)));
    }
}
