using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Sharing;

namespace Cohort.Tests.Messaging;

/// <summary>
/// Producers and consumers that are killed wherever they are. What a producer has said it has put must come out, and
/// nothing comes out twice unless it was leased by one that died.
/// </summary>
public sealed class QueueFaultTests
{
    private const int Producers = 4;
    private const int Consumers = 4;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    [Theory(Timeout = 120_000)]
    [InlineData(false, null, 10)]
    [InlineData(false, 8, 3)]
    [InlineData(true, null, 10)]
    public async Task Kill_ProducersAndConsumers_NothingIsLostOrHangs(bool isLeasing, int? capacity, int seconds)
    {
        Leaks before = Leaks.Snapshot();
        await RunAsync(isLeasing, capacity, TimeSpan.FromSeconds(seconds));
        Leaks.AssertNone(before);
    }

    private static async Task RunAsync(bool isLeasing, int? capacity, TimeSpan span)
    {
        Random random = new(isLeasing ? 1 : 2);
        using InterprocessQueue<(int Producer, long Number)> queue = new(capacity);
        using SimpleInterprocessQueue<(int Producer, long Number)> results = new();
        List<Producer> producers = [.. Enumerable.Range(0, Producers).Select(i => new Producer(i, queue))];
        List<WorkerProcess> consumers = [.. Enumerable.Range(0, Consumers).Select(_ => NewConsumer())];
        Dictionary<(int, long), int> seen = [];
        List<Producer> dead = [];
        List<WorkerProcess> deadConsumers = [];
        long start = Stopwatch.GetTimestamp();
        try
        {
            while (Stopwatch.GetElapsedTime(start) < span)
            {
                // The pause is the test's rhythm and nothing waits for it to be long enough.
                await Task.Delay(s_pause);
                int victim = random.Next(Producers + Consumers);
                if (victim < Producers)
                {
                    Producer old = producers[victim];
                    await KillAsync(old.Process);
                    dead.Add(old);
                    producers[victim] = new Producer(Producers + dead.Count, queue);
                }
                else
                {
                    await KillAsync(consumers[victim - Producers]);
                    deadConsumers.Add(consumers[victim - Producers]);
                    consumers[victim - Producers] = NewConsumer();
                }

                // On a busy machine the others may be faster than this one and the results never end.
                while (Stopwatch.GetElapsedTime(start) < span && results.TryGet(out (int, long) item))
                {
                    seen[item] = seen.GetValueOrDefault(item) + 1;
                }
            }

            foreach (Producer producer in producers)
            {
                await KillAsync(producer.Process);
            }

            queue.CompleteAdding();
            Task ends = Task.WhenAll(consumers.Select(static consumer => consumer.JoinAsync()));
            bool areOver;
            do
            {
                areOver = ends.IsCompleted;
                while (results.TryGet(out (int, long) item, s_pause))
                {
                    seen[item] = seen.GetValueOrDefault(item) + 1;
                }
            }
            while (!areOver);

            await ends;
            Assert.All(consumers, static consumer => Assert.Equal(0, consumer.ExitCode));
            Check([.. producers, .. dead], seen, isLeasing, deadConsumers.Count);
            AssertNoMemoryIsKept(queue);
        }
        finally
        {
            foreach (WorkerProcess process in producers.Concat(dead).Select(static p => p.Process).Concat(consumers).Concat(deadConsumers))
            {
                process.Kill();
                process.Join();
                process.Dispose();
            }

            producers.Concat(dead).ToList().ForEach(static producer => producer.Acknowledged.Dispose());
        }

        WorkerProcess NewConsumer() => WorkerProcess.Start(isLeasing ? WorkOnItems : TakeItems, queue, results);
    }

    /// <summary>
    /// Every item that its producer knew to be in came out, but for what a consumer held when it was killed: without leases
    /// one item each at most, with leases none. Of an unknown one at most one a producer.
    /// </summary>
    private static void Check(List<Producer> producers, Dictionary<(int, long), int> seen, bool isLeasing, int killedConsumers)
    {
        long lost = 0;
        foreach (Producer producer in producers)
        {
            long acknowledged = producer.Acknowledged.Value;
            for (long i = 0; i < acknowledged; i++)
            {
                lost += seen.ContainsKey((producer.Name, i)) ? 0 : 1;
            }

            long beyond = seen.Keys.Count(key => key.Item1 == producer.Name && key.Item2 >= acknowledged);
            Assert.InRange(beyond, 0, 1);
        }

        Assert.NotEmpty(seen);
        Assert.InRange(lost, 0, isLeasing ? 0 : killedConsumers);
        int doubled = seen.Values.Count(static times => times > 1);
        Assert.InRange(doubled, 0, isLeasing ? killedConsumers : 0);
    }

    /// <summary>All of the ring is free again, and was given back to the system but for what is kept warm.</summary>
    private static unsafe void AssertNoMemoryIsKept(InterprocessQueue<(int, long)> queue)
    {
        // Whoever looks last frees what one before it had no lock to free.
        Assert.False(queue.TryGet(out _));
        SharedCell cell = queue.Cell;
        QueueMemory memory = new(cell.Payload, (ulong)(cell.Length - QueueLayout.Ring));
        Assert.Equal(memory.Head, memory.Tail);
        Assert.InRange(memory.Tail - Math.Min(memory.Kept, memory.Tail), 0ul, 2ul << 20);
    }

    private static async Task KillAsync(WorkerProcess process)
    {
        process.Kill();
        await process.JoinAsync().Watched();
    }

    private static void TakeItems(InterprocessQueue<(int, long)> queue, SimpleInterprocessQueue<(int, long)> results)
    {
        foreach ((int, long) item in queue.GetAll())
        {
            results.Put(item);
        }
    }

    private static void WorkOnItems(InterprocessQueue<(int, long)> queue, SimpleInterprocessQueue<(int, long)> results)
    {
        while (true)
        {
            try
            {
                using QueueLease<(int, long)> lease = queue.Lease();
                results.Put(lease.Value);
                lease.Complete();
            }
            catch (EndOfStreamException)
            {
                return;
            }
        }
    }

    /// <summary>A process that puts numbers, and counts in shared memory how many it knows to be in.</summary>
    private sealed class Producer
    {
        public Producer(int name, InterprocessQueue<(int, long)> queue)
        {
            Name = name;
            Process = WorkerProcess.Start(Produce, name, queue, Acknowledged);
        }

        public int Name { get; }

        public RawSharedValue<long> Acknowledged { get; } = new();

        public WorkerProcess Process { get; }

        private static void Produce(int name, InterprocessQueue<(int, long)> queue, RawSharedValue<long> acknowledged)
        {
            for (long i = 0; ; i++)
            {
                queue.Put((name, i));
                Volatile.Write(ref acknowledged.Ref, i + 1);

                // Leaves some of the machine to the consumers, so that the queue stays short.
                if (i % 50 == 0)
                {
                    Thread.Sleep(1);
                }
            }
        }
    }
}
