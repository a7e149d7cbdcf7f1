using System.Diagnostics;
using Cohort.Messaging;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about queues: messages a second, integers put and taken one by one.</summary>
internal static class QueueWorkloads
{
    private const int Messages = 1_000_000;
    private const int WarmUps = 3;

    /// <summary>A worker puts, this process takes.</summary>
    public static double OneToOne()
    {
        using InterprocessQueue<int> queue = new();
        return OneToOne(queue, Produce, static (queue, count) =>
        {
            for (int i = 0; i < count; i++)
            {
                queue.Get();
            }
        });
    }

    /// <summary>The same through the simple queue.</summary>
    public static double SimpleOneToOne()
    {
        using SimpleInterprocessQueue<int> queue = new();
        return OneToOne(queue, ProduceSimply, static (queue, count) =>
        {
            for (int i = 0; i < count; i++)
            {
                queue.Get();
            }
        });
    }

    /// <summary>Two workers put and two take.</summary>
    public static double TwoToTwo()
    {
        using InterprocessQueue<int> queue = new();
        using SimpleInterprocessQueue<int> producers = new();
        using SimpleInterprocessQueue<int> consumers = new();
        using SimpleInterprocessQueue<int> done = new();
        WorkerProcess[] workers =
        [
            WorkerProcess.Start(ProduceAndSay, queue, producers, done),
            WorkerProcess.Start(ProduceAndSay, queue, producers, done),
            WorkerProcess.Start(Consume, queue, consumers, done),
            WorkerProcess.Start(Consume, queue, consumers, done),
        ];
        for (int i = 0; i < WarmUps; i++)
        {
            Round();
        }

        long start = Stopwatch.GetTimestamp();
        Round();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        End(producers, producers, consumers, consumers);
        foreach (WorkerProcess worker in workers)
        {
            worker.Join();
            worker.Dispose();
        }

        return Messages / elapsed.TotalSeconds;

        void Round()
        {
            foreach (SimpleInterprocessQueue<int> orders in new[] { producers, producers, consumers, consumers })
            {
                orders.Put(Messages / 2);
            }

            for (int i = 0; i < workers.Length; i++)
            {
                done.Get();
            }
        }
    }

    /// <summary>A worker's function: puts each number that comes into the other queue, until one is 0.</summary>
    public static void Echo(InterprocessQueue<int> from, InterprocessQueue<int> to)
    {
        while (from.Get() is not 0 and int number)
        {
            to.Put(number);
        }
    }

    /// <summary>The same without a thread that waits, from the first queue to the second.</summary>
    public static async Task EchoAsync(InterprocessQueue<int>[] queues)
    {
        while (await queues[0].GetAsync() is not 0 and int number)
        {
            await queues[1].PutAsync(number);
        }
    }

    private static double OneToOne<TQueue>(
        TQueue queue, Action<TQueue, SimpleInterprocessQueue<int>> produce, Action<TQueue, int> consume)
    {
        using SimpleInterprocessQueue<int> orders = new();
        using WorkerProcess producer = WorkerProcess.Start(produce, queue, orders);
        for (int i = 0; i < WarmUps; i++)
        {
            Round();
        }

        long start = Stopwatch.GetTimestamp();
        Round();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        End(orders);
        producer.Join();
        return Messages / elapsed.TotalSeconds;

        void Round()
        {
            orders.Put(Messages);
            consume(queue, Messages);
        }
    }

    private static void End(params IEnumerable<SimpleInterprocessQueue<int>> orders)
    {
        foreach (SimpleInterprocessQueue<int> order in orders)
        {
            order.Put(0);
        }
    }

    private static void Produce(InterprocessQueue<int> queue, SimpleInterprocessQueue<int> orders)
    {
        while (orders.Get() is > 0 and int count)
        {
            for (int i = 0; i < count; i++)
            {
                queue.Put(i);
            }
        }
    }

    private static void ProduceSimply(SimpleInterprocessQueue<int> queue, SimpleInterprocessQueue<int> orders)
    {
        while (orders.Get() is > 0 and int count)
        {
            for (int i = 0; i < count; i++)
            {
                queue.Put(i);
            }
        }
    }

    private static void ProduceAndSay(InterprocessQueue<int> queue, SimpleInterprocessQueue<int> orders, SimpleInterprocessQueue<int> done)
    {
        while (orders.Get() is > 0 and int count)
        {
            for (int i = 0; i < count; i++)
            {
                queue.Put(i);
            }

            done.Put(count);
        }
    }

    private static void Consume(InterprocessQueue<int> queue, SimpleInterprocessQueue<int> orders, SimpleInterprocessQueue<int> done)
    {
        while (orders.Get() is > 0 and int count)
        {
            for (int i = 0; i < count; i++)
            {
                queue.Get();
            }

            done.Put(count);
        }
    }
}
