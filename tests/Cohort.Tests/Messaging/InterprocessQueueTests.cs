using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Tests.Messaging;

public sealed class InterprocessQueueTests
{
    private const int Limit = 60_000;

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(70);

    /// <summary>_TestQueue.test_put: six fit; full and empty say so; each form of putting gives up as it should.</summary>
    [Fact(Timeout = Limit)]
    public async Task Put_BeyondTheCapacity_GivesUpInEachForm()
    {
        using InterprocessQueue<int> queue = new(6);
        Assert.True(queue.IsEmpty);
        Assert.False(queue.IsFull);
        Assert.Equal(6, queue.Capacity);
        queue.Put(1);
        queue.Put(2, TimeSpan.FromSeconds(1));
        Assert.True(queue.TryPut(3));
        Assert.True(queue.TryPut(4, s_short));
        await queue.PutAsync(5);
        Assert.True(await queue.TryPutAsync(6));

        Assert.False(queue.IsEmpty);
        Assert.True(queue.IsFull);
        Assert.False(queue.TryPut(7));
        Assert.False(await queue.TryPutAsync(7));
        Assert.Throws<QueueFullException>(() => queue.Put(7, TimeSpan.Zero));
        long start = Stopwatch.GetTimestamp();
        Assert.Throws<QueueFullException>(() => queue.Put(7, s_short));
        Assert.False(queue.TryPut(7, s_short));
        Assert.False(await queue.TryPutAsync(7, s_short));
        await Assert.ThrowsAsync<QueueFullException>(() => queue.PutAsync(7, s_short).AsTask());
        Assert.True(Stopwatch.GetElapsedTime(start) >= 4 * s_short);

        Assert.Equal(Enumerable.Range(1, 6), Enumerable.Range(0, 6).Select(_ => queue.Get()));
        Assert.True(queue.IsEmpty);
    }

    /// <summary>_TestQueue.test_get and test_timeout.</summary>
    [Fact(Timeout = Limit)]
    public async Task Get_FromAnEmptyQueue_GivesUpInEachForm()
    {
        using InterprocessQueue<string> queue = new();
        Assert.False(queue.TryGet(out _));
        Assert.False((await queue.TryGetAsync()).HasValue);
        Assert.Throws<QueueEmptyException>(() => queue.Get(TimeSpan.Zero));
        long start = Stopwatch.GetTimestamp();
        Assert.Throws<QueueEmptyException>(() => queue.Get(s_short));
        Assert.False(queue.TryGet(out _, s_short));
        Assert.False((await queue.TryGetAsync(s_short)).HasValue);
        await Assert.ThrowsAsync<QueueEmptyException>(() => queue.GetAsync(s_short).AsTask());
        Assert.True(Stopwatch.GetElapsedTime(start) >= 4 * s_short);
    }

    [Fact(Timeout = Limit)]
    public async Task Get_each_form_gives_what_was_put_first()
    {
        using InterprocessQueue<string?> queue = new();
        foreach (string? item in new[] { "a", null, "", "d" })
        {
            queue.Put(item);
        }

        Assert.Equal("a", queue.Get());
        Assert.True(queue.TryGet(out string? second));
        Assert.Null(second);
        Assert.Equal("", await queue.GetAsync());
        Received<string?> last = await queue.TryGetAsync();
        Assert.Equal("d", last.Value);
        Assert.Throws<InvalidOperationException>(() => default(Received<string?>).Value);
    }

    /// <summary>_TestQueue.test_qsize.</summary>
    [Fact]
    public void Count_follows_puts_and_gets()
    {
        using InterprocessQueue<byte[]> queue = new();
        Assert.Equal(0, queue.Count);
        queue.Put([1]);
        Assert.Equal(1, queue.Count);
        queue.Put(new byte[10_000]);
        Assert.Equal(2, queue.Count);
        Assert.Equal([1], queue.Get());
        Assert.Equal(1, queue.Count);
        Assert.Equal(10_000, queue.Get().Length);
        Assert.Equal(0, queue.Count);
        Assert.Null(queue.Capacity);
        Assert.False(queue.IsFull);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Get_WaitsForAPut(bool isAsync)
    {
        using InterprocessQueue<int> queue = new();
        Task<int> waiter = isAsync ? queue.GetAsync().AsTask() : Watchdog.Run(() => queue.Get());

        queue.Put(42);

        Assert.Equal(42, await waiter.Watched());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Put_WaitsForAGet(bool isAsync)
    {
        using InterprocessQueue<int> queue = new(1);
        queue.Put(1);
        Task waiter = isAsync ? queue.PutAsync(2).AsTask() : Watchdog.Run(() => queue.Put(2));

        Assert.Equal(1, queue.Get());

        await waiter.Watched();
        Assert.Equal(2, queue.Get());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancel_AWait_TakesAndPutsNothing(bool isAsync)
    {
        using InterprocessQueue<int> queue = new(1);
        using CancellationTokenSource cancellation = new();
        Task getter = isAsync
            ? queue.GetAsync(cancellationToken: cancellation.Token).AsTask()
            : Watchdog.Run(() => queue.Get(cancellationToken: cancellation.Token));
        cancellation.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => getter.Watched());

        queue.Put(1);
        using CancellationTokenSource second = new();
        Task putter = isAsync
            ? queue.PutAsync(2, cancellationToken: second.Token).AsTask()
            : Watchdog.Run(() => queue.Put(2, cancellationToken: second.Token));
        second.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => putter.Watched());

        Assert.Throws<OperationCanceledException>(() => queue.TryGet(out _, cancellationToken: second.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.TryPutAsync(3, cancellationToken: second.Token).AsTask());
        Assert.Equal(1, queue.Get());
        Assert.True(queue.IsEmpty);
    }

    /// <summary>_TestQueue.test_closed_queue_put_get_exceptions and test_closed_queue_empty_exceptions.</summary>
    [Fact(Timeout = Limit)]
    public async Task Dispose_EndsWaitsAndEveryUse()
    {
        InterprocessQueue<int> queue = new();
        Task<int> waiter = Watchdog.Run(() => queue.Get());
        Task<int> asyncWaiter = queue.GetAsync().AsTask();
        queue.Dispose();
        queue.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiter.Watched());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => asyncWaiter.Watched());
        Assert.Throws<ObjectDisposedException>(() => queue.Put(1));
        Assert.Throws<ObjectDisposedException>(() => queue.Get());
        Assert.Throws<ObjectDisposedException>(() => queue.Count);
        Assert.Throws<ObjectDisposedException>(() => queue.IsEmpty);
        Assert.Throws<ObjectDisposedException>(queue.CompleteAdding);
        Assert.Contains("disposed", queue.ToString(), StringComparison.Ordinal);
    }

    /// <summary>_TestQueue.test_queue_feeder_on_queue_feeder_error: here the producer itself gets the error, and the queue is as it was.</summary>
    [Fact]
    public void Put_WhatCannotTravel_ThrowsWhereItIsPut()
    {
        using InterprocessQueue<object> queue = new(1);
        using FileStream file = File.OpenRead("/dev/null");

        PickleException fault = Assert.Throws<PickleException>(() => queue.Put(new object[] { 1, file }));
        Assert.Contains("[1]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("FileStream", fault.Message, StringComparison.Ordinal);

        queue.Put("next");
        Assert.Equal("next", queue.Get());
    }

    [Fact]
    public void New_BadArguments_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InterprocessQueue<int>(0));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InterprocessQueue<int>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InterprocessQueue<int>(1, new QueueOptions { MemoryLimit = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InterprocessQueue<int>(1, new QueueOptions { MemoryLimit = long.MaxValue }));
    }

    [Fact(Timeout = Limit)]
    public async Task CompleteAdding_TakersGetWhatIsLeftAndThenTheEnd()
    {
        using InterprocessQueue<int> queue = new();
        queue.Put(1);
        queue.Put(2);
        queue.CompleteAdding();
        queue.CompleteAdding();

        Assert.True(queue.IsAddingCompleted);
        Assert.Throws<InvalidOperationException>(() => queue.Put(3));
        await Assert.ThrowsAsync<InvalidOperationException>(() => queue.PutAsync(3).AsTask());
        Assert.Equal(1, queue.Get());
        Assert.Equal(2, await queue.GetAsync());
        Assert.Throws<EndOfStreamException>(() => queue.Get());
        await Assert.ThrowsAsync<EndOfStreamException>(() => queue.GetAsync().AsTask());
        Assert.False(queue.TryGet(out _, Timeout.InfiniteTimeSpan));
        Assert.Empty(queue.GetAll());
    }

    [Fact(Timeout = Limit)]
    public async Task CompleteAdding_EndsThoseWhoWait()
    {
        using InterprocessQueue<int> queue = new(1);
        Task<int> getter = Watchdog.Run(() => queue.Get());
        Task<int> asyncGetter = queue.GetAsync().AsTask();
        Task<List<int>> all = queue.GetAllAsync().ToListAsync();
        queue.CompleteAdding();
        await Assert.ThrowsAsync<EndOfStreamException>(() => getter.Watched());
        await Assert.ThrowsAsync<EndOfStreamException>(() => asyncGetter.Watched());
        Assert.Empty(await all);

        using InterprocessQueue<int> full = new(1);
        full.Put(1);
        Task putter = Watchdog.Run(() => full.Put(2));
        Task asyncPutter = full.PutAsync(3).AsTask();
        full.CompleteAdding();
        await Assert.ThrowsAsync<InvalidOperationException>(() => putter.Watched());
        await Assert.ThrowsAsync<InvalidOperationException>(() => asyncPutter.Watched());
        Assert.Equal([1], full.GetAll());
    }

    [Theory(Timeout = Limit)]
    [InlineData(null, false)]
    [InlineData(3, false)]
    [InlineData(null, true)]
    [InlineData(3, true)]
    public async Task Many_threads_lose_and_double_nothing(int? capacity, bool isAsync)
    {
        const int Threads = 4;
        const int Each = 2_000;
        using InterprocessQueue<(int Producer, int Number)> queue = new(capacity);
        Task[] producers = [.. Enumerable.Range(0, Threads).Select(p => isAsync
            ? Task.Run(async () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    await queue.PutAsync((p, i));
                }
            })
            : Watchdog.Run(() =>
            {
                for (int i = 0; i < Each; i++)
                {
                    queue.Put((p, i));
                }
            }))];
        Task<List<(int Producer, int Number)>>[] consumers = [.. Enumerable.Range(0, Threads).Select(_ => isAsync
            ? queue.GetAllAsync().ToListAsync()
            : Watchdog.Run(() => queue.GetAll().ToList()))];
        await Task.WhenAll(producers).Watched();
        queue.CompleteAdding();
        List<(int Producer, int Number)>[] taken = await Task.WhenAll(consumers).Watched();

        Assert.Equal(Threads * Each, taken.Sum(static list => list.Count));
        Assert.Equal(Threads * Each, taken.SelectMany(static list => list).Distinct().Count());

        // What one producer has put in order, each consumer gets in order.
        Assert.All(taken, static list => Assert.All(
            list.GroupBy(static item => item.Producer),
            static items => Assert.Equal(items.Select(static i => i.Number).Order(), items.Select(static i => i.Number))));
    }

    [Fact(Timeout = Limit)]
    public async Task Waiters_each_of_many_gets_an_item()
    {
        using InterprocessQueue<int> queue = new();
        Task<int>[] waiters =
        [
            .. Enumerable.Range(0, 10).Select(_ => Watchdog.Run(() => queue.Get())),
            .. Enumerable.Range(0, 200).Select(_ => queue.GetAsync().AsTask()),
        ];
        for (int i = 0; i < waiters.Length; i++)
        {
            queue.Put(i);
        }

        Assert.Equal(Enumerable.Range(0, waiters.Length), (await Task.WhenAll(waiters).Watched()).Order());
    }
}
