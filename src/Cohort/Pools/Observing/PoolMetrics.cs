using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Cohort.Pools.Observing;

/// <summary>The instruments of pools, each tagged with the pool's name.</summary>
/// <remarks>Most are written to in the middle of a pool's pass, so a listener must be quick; what it throws is dropped.</remarks>
internal static class PoolMetrics
{
    private const string PoolTag = "cohort.pool";

    /// <summary>Pools that have not ended. One that is forgotten without that leaves by itself.</summary>
    private static readonly ConditionalWeakTable<IPoolEngine, string> s_pools = [];
    private static readonly Meter s_meter = new(PoolTracing.SourceName, PoolTracing.Source.Version);

    public static Counter<long> Started { get; } = Tasks("started", "Calls that were handed to a worker; again, when another one gets them.");

    public static Counter<long> Completed { get; } = Tasks("completed", "Calls that gave a result.");

    public static Counter<long> Failed { get; } = Tasks("failed", "Calls that failed for good.");

    public static Counter<long> Retried { get; } = Tasks("retried", "Calls that are run again.");

    public static Counter<long> WorkersLost { get; } = s_meter.CreateCounter<long>(
        "cohort.pool.workers.lost", "{worker}", "Workers that died without being told to.");

    public static Counter<long> Restarts { get; } = s_meter.CreateCounter<long>(
        "cohort.pool.workers.restarted", "{worker}", "Workers that ended before their pool, and were replaced.");

    public static Histogram<double> Duration { get; } = s_meter.CreateHistogram<double>(
        "cohort.pool.task.duration", "s", "How long a call took in its worker; of a chunk, on average.");

    private static ObservableGauge<long> Queue { get; } = s_meter.CreateObservableGauge(
        "cohort.pool.queue.length", static () => Observe(static load => load.Queued), "{task}", "Calls that wait for a worker.");

    private static ObservableGauge<long> Busy { get; } = s_meter.CreateObservableGauge(
        "cohort.pool.workers.busy", static () => Observe(static load => load.Busy), "{worker}", "Workers that run something.");

    public static void Register(IPoolEngine engine, string pool) => s_pools.AddOrUpdate(engine, pool);

    public static void Unregister(IPoolEngine engine) => s_pools.Remove(engine);

    public static void Add(Counter<long> counter, int count, string pool)
    {
        try
        {
            counter.Add(count, new KeyValuePair<string, object?>(PoolTag, pool));
        }
        catch (Exception)
        {
            // A listener's fault is no task's and no worker's.
        }
    }

    public static void RecordDuration(TimeSpan time, string pool)
    {
        try
        {
            Duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>(PoolTag, pool));
        }
        catch (Exception)
        {
            // As above.
        }
    }

    private static Counter<long> Tasks(string name, string description) =>
        s_meter.CreateCounter<long>($"cohort.pool.tasks.{name}", "{task}", description);

    private static List<Measurement<long>> Observe(Func<PoolLoad, long> value) =>
        [.. s_pools.Select(entry => new Measurement<long>(value(entry.Key.Load), new KeyValuePair<string, object?>(PoolTag, entry.Value)))];
}
