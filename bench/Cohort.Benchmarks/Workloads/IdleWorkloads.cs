using System.Globalization;
using Cohort.Messaging;

namespace Cohort.Benchmarks.Workloads;

/// <summary>What a pool costs that has nothing to do, and waits for what does not come.</summary>
internal static class IdleWorkloads
{
    private const int Workers = 2;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(2);

    /// <summary>Long enough for what wakes up now and then.</summary>
    private static readonly TimeSpan s_idleWaits = TimeSpan.FromSeconds(10);

    /// <summary>Background compilation of what a pool's warm-up ran ends within this time.</summary>
    private static readonly TimeSpan s_poolSettles = TimeSpan.FromSeconds(1);

    /// <summary>Who waits sleeps the longer the longer it has waited; after this long, as long as it ever does.</summary>
    private static readonly TimeSpan s_waitsSettle = TimeSpan.FromSeconds(8);

    /// <summary>CPU milliseconds of all workers in one second without work.</summary>
    public static double CpuOfIdleWorkers()
    {
        using ProcessPool pool = UsedPool();
        return CpuWhileIdle(pool.WorkerProcessIds, s_poolSettles, s_idle);
    }

    /// <summary>
    /// CPU milliseconds in one second of two workers that wait: each with one thread for a message, one for an item of a
    /// queue, and without a thread for another message and an item of another queue.
    /// </summary>
    public static double CpuOfIdleWaits()
    {
        using InterprocessQueue<int> blocking = new();
        using InterprocessQueue<int> awaited = new();
        using Waiter first = new(blocking, awaited);
        using Waiter second = new(blocking, awaited);
        double cpu = CpuWhileIdle([first.ProcessId, second.ProcessId], s_waitsSettle, s_idleWaits);

        // Who of the two takes which item is open: both have one before either is joined.
        for (int i = 0; i < 2; i++)
        {
            blocking.Put(0);
            awaited.Put(0);
        }

        first.End();
        second.End();
        return cpu;
    }

    /// <summary>MiB of memory of a worker; pages that several processes share count in parts.</summary>
    public static double MemoryOfIdleWorker()
    {
        using ProcessPool pool = UsedPool();
        return pool.WorkerProcessIds.Average(ProportionalKibibytes) / 1024;
    }

    private static ProcessPool UsedPool()
    {
        ProcessPool pool = new(Workers);
        pool.Map(Functions.Square, Enumerable.Range(0, 1000));
        return pool;
    }

    private static void Pause(TimeSpan time)
    {
        using ManualResetEventSlim never = new();
        never.Wait(time);
    }

    private static double CpuWhileIdle(IReadOnlyList<int> processes, TimeSpan settling, TimeSpan idle)
    {
        Pause(settling);
        CpuMeter meter = new(processes);
        Pause(idle);
        return meter.Elapsed.TotalMilliseconds / idle.TotalSeconds;
    }

    private static double ProportionalKibibytes(int process)
    {
        string line = File.ReadLines($"/proc/{process}/smaps_rollup").First(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static void WaitInFourWays(Connection blocking, Connection awaited, InterprocessQueue<int>[] queues)
    {
        Task<int> message = awaited.ReceiveAsync<int>().AsTask();
        Task<int> item = queues[1].GetAsync().AsTask();
        Thread getter = new(() => queues[0].Get());
        getter.Start();
        blocking.Send(Environment.ProcessId);
        blocking.Receive<int>();
        getter.Join();
        Task.WaitAll(message, item);
    }

    /// <summary>A worker that waits, and the other ends of what it waits at.</summary>
    private sealed class Waiter : IDisposable
    {
        private readonly Connection _blocking;
        private readonly Connection _awaited;
        private readonly WorkerProcess _worker;

        public Waiter(InterprocessQueue<int> blocking, InterprocessQueue<int> awaited)
        {
            (_blocking, Connection blockingThere) = ConnectionPair.Create();
            (_awaited, Connection awaitedThere) = ConnectionPair.Create();
            _worker = WorkerProcess.Start(WaitInFourWays, blockingThere, awaitedThere, new[] { blocking, awaited });
            blockingThere.Dispose();
            awaitedThere.Dispose();
            ProcessId = _blocking.Receive<int>();
        }

        public int ProcessId { get; }

        public void End()
        {
            _blocking.Send(0);
            _awaited.Send(0);
            _worker.Join();
        }

        public void Dispose()
        {
            _worker.Dispose();
            _blocking.Dispose();
            _awaited.Dispose();
        }
    }
}
