using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Synchronizing;

namespace Cohort.Tests.Messaging;

public sealed class QueueLeaseTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Lease_each_form_takes_the_first_item()
    {
        using InterprocessQueue<int> queue = new();
        for (int i = 0; i < 4; i++)
        {
            queue.Put(i);
        }

        using QueueLease<int> first = queue.Lease();
        using QueueLease<int> second = await queue.LeaseAsync();
        using QueueLease<int>? third = queue.TryLease();
        using QueueLease<int>? fourth = await queue.TryLeaseAsync();

        Assert.Equal([0, 1, 2, 3], new[] { first.Value, second.Value, third!.Value, fourth!.Value });
        Assert.Null(queue.TryLease());
        Assert.Null(await queue.TryLeaseAsync(TimeSpan.FromMilliseconds(1)));
        Assert.Throws<QueueEmptyException>(() => queue.Lease(TimeSpan.Zero));
        await Assert.ThrowsAsync<QueueEmptyException>(() => queue.LeaseAsync(TimeSpan.Zero).AsTask());
    }

    [Fact]
    public void Dispose_WithoutComplete_GivesTheItemBackInItsPlace()
    {
        using InterprocessQueue<string> queue = new();
        queue.Put("a");
        queue.Put("b");
        QueueLease<string> lease = queue.Lease();
        Assert.Equal(1, queue.Count);
        lease.Dispose();
        lease.Dispose();

        Assert.Equal(2, queue.Count);
        Assert.Throws<InvalidOperationException>(lease.Complete);
        Assert.Equal("a", queue.Get());
        Assert.Equal("b", queue.Get());
    }

    [Fact]
    public void Complete_EndsIt()
    {
        using InterprocessQueue<string> queue = new();
        queue.Put("a");
        using QueueLease<string> lease = queue.Lease();
        lease.Complete();
        lease.Complete();
        lease.Dispose();

        Assert.True(lease.IsCompleted);
        Assert.True(queue.IsEmpty);
        Assert.False(queue.TryGet(out _));
    }

    /// <summary>Where nothing is leased, others sleep for long: the first lease has them look around more often.</summary>
    [Fact]
    public void Lease_FirstOne_WakesWhoSleeps()
    {
        using InterprocessQueue<int> queue = new();
        QueueCore core = new(queue);
        queue.Put(1);
        queue.Put(2);
        queue.Get();
        Assert.False(core.WasLeased);
        WaitTarget sleeper = core.BellOf(QueueNews.Items).Announce();

        using QueueLease<int> lease = queue.Lease();

        Assert.True(core.WasLeased);
        Assert.True(sleeper.HasChanged);
        GC.KeepAlive(queue);
    }

    [Theory]
    [InlineData(false, 500)]
    [InlineData(true, PendingWait.SliceMilliseconds)]
    public void Slice_IsShortWhileSomethingIsLeased(bool isLeased, int expected)
    {
        using InterprocessQueue<int> queue = new();
        queue.Put(1);
        using QueueLease<int>? lease = isLeased ? queue.Lease() : null;

        Assert.Equal(expected, new QueueWait(queue, new QueueCore(queue), QueueNews.Items).Slice);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_WakesAWaiter(bool isAsync)
    {
        using InterprocessQueue<int> queue = new();
        queue.Put(7);
        QueueLease<int> lease = queue.Lease();
        Task<int> waiter = isAsync ? queue.GetAsync().AsTask() : Watchdog.Run(() => queue.Get());

        lease.Dispose();

        Assert.Equal(7, await waiter.Watched());
    }

    /// <summary>Adding is completed, but an item that is worked on may still come back.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CompleteAdding_WhileAnItemIsLeased_EndsOnlyWithTheLease(bool isGivenBack)
    {
        using InterprocessQueue<int> queue = new();
        queue.Put(7);
        QueueLease<int> lease = queue.Lease();
        queue.CompleteAdding();
        Task<List<int>> rest = Watchdog.Run(() => queue.GetAll().ToList());
        Task<List<int>> asyncRest = queue.GetAllAsync().ToListAsync();
        if (!isGivenBack)
        {
            lease.Complete();
        }

        lease.Dispose();

        Assert.Equal(isGivenBack ? [7] : [], (await rest.Watched()).Concat(await asyncRest.Watched()));
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AProcessThatWorksOnItems_OthersGetThem(bool isAsync)
    {
        using InterprocessQueue<int> queue = new();
        using InterprocessQueue<int> taken = new();
        queue.Put(1);
        queue.Put(2);
        queue.Put(3);
        using WorkerProcess victim = WorkerProcess.Start(
            static (queue, taken) =>
            {
                QueueLease<int> first = queue.Lease();
                QueueLease<int> second = queue.Lease();
                first.Complete();
                taken.Put(second.Value);
                Thread.Sleep(Timeout.Infinite);
            },
            queue,
            taken);
        Assert.Equal(2, await taken.GetAsync().AsTask().Watched());
        Assert.Equal(3, queue.Get());
        Task<int> waiter = isAsync ? queue.GetAsync().AsTask() : Watchdog.Run(() => queue.Get());
        victim.Kill();

        Assert.Equal(2, await waiter.Watched());
        Assert.False(queue.TryGet(out _));
        await victim.JoinAsync().Watched();
    }
}
