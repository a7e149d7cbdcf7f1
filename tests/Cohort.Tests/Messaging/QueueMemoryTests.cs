using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Sharing;

namespace Cohort.Tests.Messaging;

public sealed class QueueMemoryTests
{
    private const int Limit = 60_000;

    /// <summary>Against a queue of the framework, with a ring so small that it goes round thousands of times.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_steps_in_a_small_ring_agree_with_a_plain_queue(int seed)
    {
        Random random = new(seed);
        using InterprocessQueue<byte[]> queue = new(options: new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });
        Queue<byte[]> model = new();
        for (int step = 0; step < 50_000; step++)
        {
            if (random.Next(2) == 0)
            {
                byte[] item = new byte[random.Next(random.Next(10) == 0 ? 60_000 : 300)];
                random.NextBytes(item);
                if (queue.TryPut(item))
                {
                    model.Enqueue(item);
                }
                else
                {
                    Assert.NotEmpty(model);
                }
            }
            else
            {
                Assert.Equal(model.TryDequeue(out byte[]? expected), queue.TryGet(out byte[]? item));
                Assert.Equal(expected, item);
            }

            Assert.Equal(model.Count, queue.Count);
        }
    }

    /// <summary>What is free of one lap is in use for the next before its memory is given back.</summary>
    [Fact]
    public void A_ring_of_megabytes_that_is_nearly_full_all_the_time_loses_nothing()
    {
        using InterprocessQueue<long> queue = new(options: new QueueOptions { MemoryLimit = 8 << 20 });
        long put = 0;
        long got = 0;
        for (int lap = 0; lap < 8; lap++)
        {
            while (queue.TryPut(put))
            {
                put++;
            }

            for (int count = 0; count < 150_000; count++)
            {
                Assert.Equal(got++, queue.Get());
            }
        }

        while (queue.TryGet(out long item))
        {
            Assert.Equal(got++, item);
        }

        Assert.Equal(put, got);
    }

    /// <summary>Leases, completed and given back in any order, hold up the ring and never the others.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_leases_are_worked_on_once_and_leave_no_memory(int seed)
    {
        Random random = new(seed);
        using InterprocessQueue<int> queue = new(20, new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });
        SortedSet<int> waiting = [];
        List<QueueLease<int>> leases = [];
        int put = 0;
        for (int step = 0; step < 50_000; step++)
        {
            switch (random.Next(4))
            {
                case 0:
                    bool hasRoom = waiting.Count < 20;
                    Assert.Equal(hasRoom, queue.TryPut(put));
                    if (hasRoom)
                    {
                        waiting.Add(put++);
                    }

                    break;
                case 1 when leases.Count < 30:
                    QueueLease<int>? lease = queue.TryLease();
                    Assert.Equal(waiting.Count > 0 ? waiting.Min : null, lease?.Value);
                    if (lease is not null)
                    {
                        waiting.Remove(lease.Value);
                        leases.Add(lease);
                    }

                    break;
                case 2 when leases.Count > 0:
                    using (QueueLease<int> ended = leases[random.Next(leases.Count)])
                    {
                        leases.Remove(ended);
                        if (random.Next(3) == 0)
                        {
                            waiting.Add(ended.Value);
                        }
                        else
                        {
                            ended.Complete();
                        }
                    }

                    break;
                case 3:
                    Assert.Equal(waiting.Count > 0, queue.TryGet(out int item));
                    if (waiting.Count > 0)
                    {
                        Assert.Equal(waiting.Min, item);
                        waiting.Remove(item);
                    }

                    break;
            }

            Assert.Equal(waiting.Count, queue.Count);
        }
    }

    [Fact]
    public void Put_LargerThanTheRing_IsRefused()
    {
        using InterprocessQueue<byte[]> queue = new(options: new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });

        ArgumentException fault = Assert.Throws<ArgumentException>(() => queue.Put(new byte[70_000]));
        Assert.Contains("MemoryLimit", fault.Message, StringComparison.Ordinal);
        Assert.True(queue.IsEmpty);
    }

    /// <summary>The largest item there can be, wherever the ring is at.</summary>
    [Fact]
    public void Put_AsLargeAsTheRing_AlwaysFindsRoomInAnEmptyQueue()
    {
        using InterprocessQueue<byte[]> queue = new(options: new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });
        byte[] large = new byte[(int)QueueOptions.MinMemoryLimit - QueueLayout.Alignment - QueueLayout.HeaderSize - QueueLayout.TrailerSize - 8];
        for (int i = 0; i < 100; i++)
        {
            queue.Put(new byte[i * 7]);
            queue.Get();
            Assert.True(queue.TryPut(large));
            Assert.False(queue.TryPut([]));
            Assert.Equal(large.Length, queue.Get().Length);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Put_IntoAFullRing_WaitsForRoom()
    {
        using InterprocessQueue<byte[]> queue = new(options: new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });
        queue.Put(new byte[40_000]);
        Task waiter = Watchdog.Run(() => queue.Put(new byte[40_000]));
        Task asyncWaiter = queue.PutAsync(new byte[40_000]).AsTask();

        Assert.Equal([40_000, 40_000, 40_000], Enumerable.Range(0, 3).Select(_ => queue.Get().Length));
        await waiter.Watched();
        await asyncWaiter.Watched();
    }

    /// <summary>A queue that was full of large items and is empty again takes a few megabytes at most.</summary>
    [Fact]
    public void Memory_OfItemsThatWereTaken_GoesBackToTheSystem()
    {
        using InterprocessQueue<byte[]> queue = new();
        byte[] item = new byte[1 << 20];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 100; i++)
            {
                queue.Put(item);
            }

            Assert.True(ResidentOf(queue) >= 100 << 20);
            for (int i = 0; i < 100; i++)
            {
                queue.Get();
            }

            Assert.InRange(ResidentOf(queue), 0, 8 << 20);
        }
    }

    /// <summary>A queue that is emptied again and again stays at the front of its ring.</summary>
    [Fact]
    public void Memory_OfAQueueThatIsAlwaysEmptied_StaysSmall()
    {
        using InterprocessQueue<byte[]> queue = new();
        byte[] item = new byte[100_000];
        for (int i = 0; i < 1_000; i++)
        {
            queue.Put(item);
            queue.Get();
        }

        Assert.InRange(ResidentOf(queue), 0, 3 << 20);
    }

    [Fact]
    public void Dispose_GivesEverythingBack()
    {
        Leaks before = Leaks.Snapshot();
        for (int i = 0; i < 50; i++)
        {
            using InterprocessQueue<string> queue = new();
            queue.Put("left");
        }

        Leaks.AssertNone(before);
    }

    [Fact]
    public void Thousands_of_queues_fit()
    {
        List<SimpleInterprocessQueue<int>> queues = [];
        try
        {
            for (int i = 0; i < 500; i++)
            {
                queues.Add(new SimpleInterprocessQueue<int>());
                queues[^1].Put(i);
            }

            Assert.Equal(Enumerable.Range(0, 500), queues.Select(static queue => queue.Get()));
        }
        finally
        {
            queues.ForEach(static queue => queue.Dispose());
        }
    }

    /// <summary>Bytes of memory behind the queue's file, from the sizes that the kernel gives for its mapping.</summary>
    private static unsafe long ResidentOf(SharedObject queue)
    {
        string address = ((nuint)queue.Cell.Payload & ~(nuint)4095).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        bool isInside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith(address + "-", StringComparison.Ordinal))
            {
                isInside = true;
            }
            else if (isInside && line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                return 1024 * long.Parse(line.AsSpan(4, line.Length - 6), System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("The mapping is not there.");
    }
}
