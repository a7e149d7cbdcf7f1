using System.Globalization;
using System.Text;

namespace Cohort.Pools;

/// <summary>What a pool has done so far: a snapshot, taken at <see cref="PoolBase.Statistics"/>.</summary>
public sealed record PoolStatistics
{
    /// <summary>The pool's name.</summary>
    public required string Pool { get; init; }

    /// <summary>How long there has been the pool.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>The workers that live or come up, in the order of their start.</summary>
    public required IReadOnlyList<PoolWorkerStatistics> Workers { get; init; }

    /// <summary>Calls that gave a result.</summary>
    public required long TasksDone { get; init; }

    /// <summary>Calls that failed for good, whatever the cause. Cancelled ones are not among them.</summary>
    public required long TasksFailed { get; init; }

    /// <summary>Calls that were, or will be, run again.</summary>
    public required long TasksRetried { get; init; }

    /// <summary>Calls that wait for a worker.</summary>
    public required long QueueLength { get; init; }

    /// <summary>How many workers run something just now.</summary>
    public required int Running { get; init; }

    /// <summary>How many workers ended before the pool did, for whatever reason.</summary>
    public required int RestartCount { get; init; }

    /// <summary>The last of those workers (at most 100), oldest first.</summary>
    public required IReadOnlyList<PoolRestart> Restarts { get; init; }

    /// <summary>The slowest tasks (at most 5), slowest first.</summary>
    public required IReadOnlyList<PoolSlowTask> Slowest { get; init; }

    /// <summary>All of it as a table for people.</summary>
    public override string ToString()
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        StringBuilder text = new();
        text.Append(culture, $"{Pool}: {TasksDone} done, {TasksFailed} failed, {TasksRetried} retried, {QueueLength} waiting, {Running} running, {RestartCount} restarts\n");
        foreach (PoolWorkerStatistics w in Workers)
        {
            text.Append(culture, $"  {w.Name}#{w.ProcessId} {w.State}: {w.TasksDone} done, {w.TasksFailed} failed; ")
                .Append(culture, $"start {w.StartTime.TotalMilliseconds:F0} ms, initializer {w.InitializerTime.TotalMilliseconds:F0} ms, ")
                .Append(culture, $"work {w.WorkTime.TotalMilliseconds:F0} ms, waiting {w.WaitingTime.TotalMilliseconds:F0} ms ({w.Utilization * 100:F0} % busy)\n");
        }

        foreach (PoolRestart r in Restarts)
        {
            text.Append(culture, $"  lost {r.Worker}#{r.ProcessId}: {r.Cause}\n");
        }

        foreach (PoolSlowTask s in Slowest)
        {
            text.Append(culture, $"  slow {s.Duration.TotalMilliseconds:F1} ms: {s.Function}({s.Arguments})\n");
        }

        return text.ToString();
    }
}
