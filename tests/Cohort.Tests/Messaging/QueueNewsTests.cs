using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Messaging;

/// <summary>Nobody sleeps beside an item, beside room or at the end, whoever takes a wake-up along.</summary>
public sealed class QueueNewsTests
{
    private const int Limit = 60_000;
    private static readonly QueueOptions s_small = new() { MemoryLimit = QueueOptions.MinMemoryLimit };

    /// <summary>The first ring has taken the word of all who sleep, and woken one.</summary>
    [Fact]
    public unsafe void RingAll_BetweenAWakeUpAndWhatTheWokenOneSays_ReachesThoseWhoSleepOn()
    {
        int* words = stackalloc int[2];
        new Span<int>(words, 2).Clear();
        QueueBell bell = new((byte*)words);
        bell.Announce();
        bell.Ring();
        Assert.False(bell.IsAwaited);
        WaitTarget sleeper = new(words, words[0]);
        bell.RingAll();
        Assert.True(sleeper.HasChanged);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Take_CancelledAfterItWasWoken_PassesTheNewsOn(bool isBlocking)
    {
        using InterprocessQueue<int> queue = new();
        QueueBell bell = new QueueCore(queue).BellOf(QueueNews.Items);
        using CancellationTokenSource stop = new();
        Task<int> taking = isBlocking ? Watchdog.Run(() => queue.Get(cancellationToken: stop.Token)) : queue.GetAsync(cancellationToken: stop.Token).AsTask();
        await Eventually.TrueAsync(() => bell.IsAwaited);
        OwnedWord getLock = WordOf(queue, QueueLayout.GetLock);
        Assert.True(getLock.TryTake());
        queue.Put(1);

        // Woken, it says so, and goes on to the lock.
        await Eventually.TrueAsync(() => bell.IsAwaited);
        WaitTarget other = bell.Announce();
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking.Watched());
        Assert.True(other.HasChanged);
        getLock.Release();
        Assert.Equal(1, queue.Get());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Put_CancelledAfterItWasWoken_PassesTheNewsOn(bool isBlocking)
    {
        using InterprocessQueue<int> queue = new(1);
        queue.Put(1);
        QueueBell bell = new QueueCore(queue).BellOf(QueueNews.Room);
        using CancellationTokenSource stop = new();
        Task putting = isBlocking ? Watchdog.Run(() => queue.Put(2, cancellationToken: stop.Token)) : queue.PutAsync(2, cancellationToken: stop.Token).AsTask();
        await Eventually.TrueAsync(() => bell.IsAwaited);
        OwnedWord putLock = WordOf(queue, QueueLayout.PutLock);
        Assert.True(putLock.TryTake());
        Assert.Equal(1, queue.Get());
        await Eventually.TrueAsync(() => bell.IsAwaited);
        WaitTarget other = bell.Announce();
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => putting.Watched());
        Assert.True(other.HasChanged);
        putLock.Release();
        queue.Put(3);
        Assert.Equal(3, queue.Get());
    }

    /// <summary>A lease is completed while somebody else is at the queue: whoever looks next frees its memory.</summary>
    [Fact]
    public void Take_ThatFindsNothingButFreesMemory_TellsThoseWhoWaitForIt()
    {
        using InterprocessQueue<byte[]> queue = new(options: s_small);
        queue.Put(new byte[20_000]);
        QueueLease<byte[]> lease = queue.Lease();
        OwnedWord getLock = WordOf(queue, QueueLayout.GetLock);
        Assert.True(getLock.TryTake());
        lease.Complete();
        getLock.Release();
        WaitTarget sleeper = new QueueCore(queue).BellOf(QueueNews.Room).Announce();
        Assert.False(queue.TryGet(out _));
        Assert.True(sleeper.HasChanged);
    }

    /// <summary>Those who wait for memory wait for different amounts: the one in front may not be helped by it.</summary>
    [Fact(Timeout = Limit)]
    public async Task Room_ForASmallItem_ReachesItBehindALargeOne()
    {
        using InterprocessQueue<byte[]> queue = new(options: s_small);
        QueueBell bell = new QueueCore(queue).BellOf(QueueNews.Room);
        queue.Put(new byte[1000]);
        while (queue.TryPut(new byte[5000]))
        {
        }

        Task large = Watchdog.Run(() => queue.Put(new byte[50_000]));
        await Eventually.TrueAsync(() => bell.IsAwaited);
        Task small = Watchdog.Run(() => queue.Put(new byte[4000]));
        Assert.Equal(1000, queue.Get().Length);
        Assert.Equal(5000, queue.Get().Length);
        await small;
        while (!large.IsCompleted)
        {
            queue.TryGet(out _, TimeSpan.FromMilliseconds(1));
        }

        await large;
    }

    [Fact]
    public unsafe void Put_BehindAConsumerThatDiedWithTheLock_FindsTheQueueEmpty()
    {
        using InterprocessQueue<byte[]> queue = new(options: s_small);
        queue.Put(new byte[40_000]);
        Assert.Equal(40_000, queue.Get().Length);
        int gone;
        using (Subprocess process = Subprocess.Start(["true"]))
        {
            process.Wait();
            gone = process.ProcessId;
        }

        *(long*)(queue.Cell.Payload + QueueLayout.GetLock) = OwnedWord.TagOf(new ProcessIdentity(gone, 1));
        Assert.True(queue.TryPut(new byte[40_000]));
        Assert.Equal(40_000, queue.Get().Length);
    }

    private static unsafe OwnedWord WordOf(SharedObject queue, int offset) => new(queue.Cell.Payload + offset);
}
