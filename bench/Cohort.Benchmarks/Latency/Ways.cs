using System.Diagnostics;
using Cohort.Benchmarks.Compare;
using Cohort.Benchmarks.Workloads;
using Cohort.Messaging;

namespace Cohort.Benchmarks.Latency;

/// <summary>All ways, and how each is measured: one trip after another, each with a clock of its own.</summary>
internal static class Ways
{
    /// <summary>Of each pass that does not count.</summary>
    private const int WarmUpTrips = 10;

    private static readonly ConnectionPairOptions s_spinning = new();
    private static readonly ConnectionPairOptions s_sleeping = new() { SpinTime = TimeSpan.Zero };

    /// <param name="python">Null when there is none.</param>
    public static IReadOnlyList<Way> All(CPython? python) =>
    [
        new("ConnectionPair", "blocking", "default", static trips => OfConnection(s_spinning, trips)),
        new("ConnectionPair", "blocking", "none", static trips => OfConnection(s_sleeping, trips)),
        new("ConnectionPair", "async", "default", static trips => OfAwaitedConnection(s_spinning, trips)),
        new("ConnectionPair", "async", "none", static trips => OfAwaitedConnection(s_sleeping, trips)),
        new("InterprocessQueue", "blocking", "default", OfQueues),
        new("InterprocessQueue", "async", "default", OfAwaitedQueues),
        .. python is null ? [] : new Way[] { new("CPython Pipe", "blocking", "none", python.MeasureLatencies) },
    ];

    private static double[] OfConnection(ConnectionPairOptions options, int trips)
    {
        (Connection here, Connection there) = ConnectionPair.Create(options: options);
        using Connection own = here;
        using WorkerProcess worker = WorkerProcess.Start(MessagingWorkloads.Echo, there);
        there.Dispose();
        double[] latencies = Times(trips, () =>
        {
            here.Send(1);
            here.Receive<int>();
        });
        here.Send<int?>(null);
        worker.Join();
        return latencies;
    }

    private static double[] OfAwaitedConnection(ConnectionPairOptions options, int trips)
    {
        (Connection here, Connection there) = ConnectionPair.Create(options: options);
        using Connection own = here;
        using WorkerProcess worker = WorkerProcess.Start(MessagingWorkloads.EchoAsync, there);
        there.Dispose();
        double[] latencies = AwaitedTimes(trips, async () =>
        {
            await here.SendAsync(1);
            await here.ReceiveAsync<int>();
        });
        here.Send<int?>(null);
        worker.Join();
        return latencies;
    }

    private static double[] OfQueues(int trips)
    {
        using InterprocessQueue<int> forth = new();
        using InterprocessQueue<int> back = new();
        using WorkerProcess worker = WorkerProcess.Start(QueueWorkloads.Echo, forth, back);
        double[] latencies = Times(trips, () =>
        {
            forth.Put(1);
            back.Get();
        });
        forth.Put(0);
        worker.Join();
        return latencies;
    }

    private static double[] OfAwaitedQueues(int trips)
    {
        using InterprocessQueue<int> forth = new();
        using InterprocessQueue<int> back = new();
        using WorkerProcess worker = WorkerProcess.Start(QueueWorkloads.EchoAsync, new[] { forth, back });
        double[] latencies = AwaitedTimes(trips, async () =>
        {
            await forth.PutAsync(1);
            await back.GetAsync();
        });
        forth.Put(0);
        worker.Join();
        return latencies;
    }

    private static double[] Times(int trips, Action trip)
    {
        double[] latencies = new double[trips];
        Warm.Up(() => Run(latencies.AsSpan(0, Math.Min(WarmUpTrips, trips)), trip));
        Run(latencies, trip);
        return latencies;

        static void Run(Span<double> latencies, Action trip)
        {
            foreach (ref double latency in latencies)
            {
                long start = Stopwatch.GetTimestamp();
                trip();
                latency = MicrosecondsSince(start);
            }
        }
    }

    private static double[] AwaitedTimes(int trips, Func<Task> trip)
    {
        double[] latencies = new double[trips];
        Warm.Up(() => RunAsync(latencies.AsMemory(0, Math.Min(WarmUpTrips, trips)), trip).GetAwaiter().GetResult());
        RunAsync(latencies, trip).GetAwaiter().GetResult();
        return latencies;

        static async Task RunAsync(Memory<double> latencies, Func<Task> trip)
        {
            for (int i = 0; i < latencies.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                await trip();
                latencies.Span[i] = MicrosecondsSince(start);
            }
        }
    }

    /// <summary>A <see cref="TimeSpan"/> has steps of 100 ns, which is much of the shortest of these.</summary>
    private static double MicrosecondsSince(long start) => (Stopwatch.GetTimestamp() - start) * 1e6 / Stopwatch.Frequency;
}
