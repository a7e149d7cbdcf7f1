using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>Another one is in the middle of a step on the queue's words, or steps between two looks.</summary>
public sealed class QueueStepTests
{
    private const int Limit = 60_000;
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(20);

    /// <summary>An item that is given back between two looks of a taker was taken for the end.</summary>
    [Fact(Timeout = Limit)]
    public async Task An_item_that_is_leased_and_given_back_is_never_the_end()
    {
        using InterprocessQueue<int> queue = new();
        queue.Put(7);
        queue.CompleteAdding();
        await Task.WhenAll(Watchdog.Run(TakeAndGiveBack), Watchdog.Run(TakeAndGiveBack), Watchdog.Run(TakeAndGiveBack));
        Assert.Equal(7, queue.Get());
        Assert.Throws<EndOfStreamException>(() => queue.Get());

        void TakeAndGiveBack()
        {
            QueueCore core = new(queue);
            LeasedItem lease = new();
            for (int i = 0; i < 5_000; i++)
            {
                ItemSink<int> sink = default;
                Taking taking = core.Take(ref sink, lease, default, CancellationToken.None);
                Assert.NotEqual(Taking.Ended, taking);
                if (taking == Taking.Taken)
                {
                    core.GiveBack(lease.Position);
                }
            }
        }
    }

    /// <summary>As if a consumer had been stopped with the lock: items wait, and nobody can have them.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_taker_that_is_stopped_holds_up_the_others_no_longer_than_they_wait()
    {
        using InterprocessQueue<int> queue = new();
        queue.Put(1);
        OwnedWord taking = WordOf(queue, QueueLayout.GetLock);
        Assert.True(taking.TryTake());
        Task<Received<int>> late = queue.TryGetAsync(s_short).AsTask();
        using CancellationTokenSource source = new();
        Task<int> cancelled = queue.GetAsync(cancellationToken: source.Token).AsTask();
        source.Cancel();

        Assert.False((await late.Watched()).HasValue);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Watched());
        Task<int> patient = queue.GetAsync().AsTask();
        Assert.False(patient.IsCompleted);
        taking.Release();
        Assert.Equal(1, await patient.Watched());
    }

    /// <summary>A putter that takes longer than any step should is no full queue.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_simple_queue_waits_for_a_putter_that_is_slow()
    {
        using SimpleInterprocessQueue<int> queue = new();
        OwnedWord putting = WordOf(queue, QueueLayout.PutLock);
        Assert.True(putting.TryTake());
        Task put = Watchdog.Run(() => queue.Put(1));
        Assert.False(put.Wait(1_300), "it did not wait");
        putting.Release();
        await put;
        Assert.Equal(1, queue.Get());
    }

    /// <summary>One get may make room for many puts, and wakes one: each put that leaves room wakes the next.</summary>
    [Fact]
    public void A_put_wakes_the_next_who_waits_for_memory()
    {
        using InterprocessQueue<int> queue = new();
        WaitTarget sleeper = new QueueCore(queue).BellOf(QueueNews.Room).Announce();
        queue.Put(1);
        Assert.True(sleeper.HasChanged);
    }

    /// <summary>What lies behind a long lease and is done with is walked over once.</summary>
    [Fact]
    public unsafe void Items_behind_a_lease_that_are_done_with_become_one()
    {
        const int Count = 1000;
        using InterprocessQueue<int> queue = new(options: new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });
        for (int i = 0; i < Count; i++)
        {
            queue.Put(i);
        }

        using (QueueLease<int> lease = queue.Lease())
        {
            Assert.Equal(Enumerable.Range(1, Count - 1), queue.GetAllNow());

            // A core that has not looked yet does so at its first step.
            ItemSink<int> sink = default;
            Assert.Equal(Taking.None, new QueueCore(queue).Take(ref sink, null, default, CancellationToken.None));
            ulong one = QueueLayout.FrameSize(sizeof(int));
            QueueMemory memory = new(queue.Cell.Payload, (ulong)QueueOptions.MinMemoryLimit);
            Assert.Equal((Count - 1) * one, memory.FrameAt(one).Size);
            Assert.True(queue.IsEmpty);
            queue.Put(5);
            Assert.Equal(1, queue.Count);
            lease.Complete();
        }

        for (int i = 0; i < 5 * Count; i++)
        {
            Assert.Equal(i == 0 ? 5 : i, queue.Get());
            queue.Put(i + 1);
        }

        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void Capacity_AfterDispose_Throws()
    {
        InterprocessQueue<int> queue = new(3);
        Assert.Equal(3, queue.Capacity);
        queue.Dispose();
        Assert.Throws<ObjectDisposedException>(() => queue.Capacity);
    }

    private static unsafe OwnedWord WordOf(SharedObject queue, int offset) => new(queue.Cell.Payload + offset);
}
