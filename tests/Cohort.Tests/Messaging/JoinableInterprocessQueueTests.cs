using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Tests.Messaging;

public sealed class JoinableInterprocessQueueTests
{
    private const int Limit = 60_000;

    /// <summary>_TestQueue.test_task_done.</summary>
    [Fact(Timeout = Limit)]
    public async Task Join_WaitsUntilFourWorkersHaveDoneAll()
    {
        using JoinableInterprocessQueue<int?> queue = new();
        WorkerProcess[] workers = [.. Enumerable.Range(0, 4).Select(_ => WorkerProcess.Start(Work, queue))];
        for (int i = 0; i < 10; i++)
        {
            queue.Put(i);
        }

        await queue.JoinAsync().Watched();
        Assert.Equal(0, queue.UnfinishedTasks);
        foreach (WorkerProcess worker in workers)
        {
            queue.Put(null);
        }

        foreach (WorkerProcess worker in workers)
        {
            await worker.JoinAsync().Watched();
            Assert.Equal(0, worker.ExitCode);
            worker.Dispose();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Join_goes_on_with_the_last_task_in_each_form()
    {
        using JoinableInterprocessQueue<string> queue = new();
        queue.Join();
        Assert.True(queue.TryJoin());
        queue.Put("a");
        queue.Put("b");
        Assert.False(queue.TryJoin());
        Assert.False(await queue.TryJoinAsync(TimeSpan.FromMilliseconds(1)));
        Assert.Throws<TimeoutException>(() => queue.Join(TimeSpan.FromMilliseconds(1)));
        await Assert.ThrowsAsync<TimeoutException>(() => queue.JoinAsync(TimeSpan.FromMilliseconds(1)));
        Task[] waiters = [Watchdog.Run(() => queue.Join()), Watchdog.Run(() => queue.Join()), queue.JoinAsync(), queue.TryJoinAsync(Watchdog.Limit)];
        queue.Get();
        queue.TaskDone();
        Assert.Equal(1, queue.UnfinishedTasks);
        Assert.DoesNotContain(waiters, static waiter => waiter.IsCompleted);
        queue.Get();
        queue.TaskDone();

        await Task.WhenAll(waiters).Watched();
    }

    [Fact]
    public void TaskDone_TooOften_ThrowsAndChangesNothing()
    {
        using JoinableInterprocessQueue<int> queue = new();
        Assert.Throws<InvalidOperationException>(queue.TaskDone);
        queue.Put(1);
        queue.TaskDone();
        Assert.Throws<InvalidOperationException>(queue.TaskDone);
        queue.Put(2);
        Assert.Equal(1, queue.UnfinishedTasks);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_and_cancel_end_a_join()
    {
        JoinableInterprocessQueue<int> queue = new();
        queue.Put(1);
        using CancellationTokenSource cancellation = new();
        Task cancelled = Watchdog.Run(() => queue.Join(cancellationToken: cancellation.Token));
        Task disposed = queue.JoinAsync();
        cancellation.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Watched());
        queue.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => disposed.Watched());
        Assert.Throws<ObjectDisposedException>(queue.TaskDone);
        Assert.Throws<ObjectDisposedException>(() => queue.TryJoin());
    }

    /// <summary>It travels as itself where any queue is asked for.</summary>
    [Fact]
    public void Pickle_AsItsBase_StaysJoinable()
    {
        using JoinableInterprocessQueue<int> queue = new();
        queue.Put(5);
        using QueueBase<int> copy = Pickle.Loads<QueueBase<int>>(Pickle.Dumps<QueueBase<int>>(queue));

        Assert.Equal(5, copy.Get());
        Assert.IsType<JoinableInterprocessQueue<int>>(copy).TaskDone();
        Assert.True(queue.TryJoin());
    }

    private static void Work(JoinableInterprocessQueue<int?> queue)
    {
        while (queue.Get() is not null)
        {
            queue.TaskDone();
        }
    }
}
