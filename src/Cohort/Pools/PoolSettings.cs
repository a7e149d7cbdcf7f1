using Cohort.Messaging;

namespace Cohort.Pools;

/// <summary>The options of a pool, checked, with every default filled in.</summary>
internal sealed record PoolSettings(
    string Name,
    int Workers,
    byte[]? Initializer,
    WorkerContext Context,
    TaskOptions Task,
    TimeSpan CancellationGrace,
    TimeSpan TerminationGrace,
    SpinBudget Spin)
{
    /// <summary>Gives up the handles that the initializer captures, when the pool has ended; null when there are none.</summary>
    public Action? UndoInitializer { get; init; }

    /// <summary>Gets what workers print; null when they print where this process does.</summary>
    public Action<WorkerOutputLine>? Output { get; init; }

    /// <summary>Whether to remember what workers did.</summary>
    public bool RecordsTimeline { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="Serializing.PickleException">The initializer captures what cannot travel.</exception>
    public static PoolSettings From(ProcessPoolOptions options, string defaultName)
    {
        int workers = options.Workers ?? WorkerProcess.CpuCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1, nameof(options.Workers));
        options.TaskOptions.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TerminationGrace, TimeSpan.Zero, nameof(options.TerminationGrace));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CancellationGrace, TimeSpan.Zero, nameof(options.CancellationGrace));
        Action? undo = null;
        return new PoolSettings(
            options.Name ?? defaultName,
            workers,
            options.Initializer is { } initializer ? PoolWorkerJob.Encode(initializer, out undo) : null,
            options.Context ?? WorkerContext.Default,
            options.TaskOptions,
            options.CancellationGrace,
            options.TerminationGrace,
            options.SpinTime is { } spin ? new SpinBudget((int)Math.Clamp(spin.TotalMicroseconds, 0, 1_000_000)) : SpinBudget.Default)
        {
            UndoInitializer = undo,
            Output = options.Output,
            RecordsTimeline = options.RecordTimeline,
        };
    }
}
