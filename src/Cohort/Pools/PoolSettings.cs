using Cohort.Messaging;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>The options of a pool, checked, with every default filled in.</summary>
internal sealed record PoolSettings(
    string Name,
    int Workers,
    WorkerStages Stages,
    byte[]? EncodedStages,
    WorkerContext Context,
    TaskOptions Task,
    TimeSpan CancellationGrace,
    TimeSpan TerminationGrace,
    SpinBudget Spin)
{
    /// <summary>How long a worker may take for what it does before its first task; null when there is no such limit, or nothing to do.</summary>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>How long a worker may take to leave.</summary>
    public required TimeSpan ExitTimeout { get; init; }

    public required WorkerLimits? Limits { get; init; }

    public required IReadOnlyDictionary<string, string?>? EnvironmentVariables { get; init; }

    public required string? WorkingDirectory { get; init; }

    /// <summary>Gives up the handles that the initializer and its like capture, when the pool has ended; null when there are none.</summary>
    public Action? UndoInitializer { get; init; }

    /// <summary>How long workers live, and how many there are.</summary>
    public required StaffingLimits Staffing { get; init; }

    /// <summary>Gets what workers print; null when they print where this process does.</summary>
    public Action<WorkerOutputLine>? Output { get; init; }

    /// <summary>Is told what happens; null for nobody.</summary>
    public Action<PoolEvent>? Events { get; init; }

    /// <summary>Whether to remember what workers did.</summary>
    public bool RecordsTimeline { get; init; }

    /// <summary>What workers do before their first task or after their last may take a limited time.</summary>
    public bool HasStageTimers => StartTimeout is not null || Stages.HasEnd;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">A limit makes no sense.</exception>
    /// <exception cref="DirectoryNotFoundException">The working directory does not exist.</exception>
    /// <exception cref="Serializing.PickleException">The initializer, or another function for workers, captures what cannot travel.</exception>
    public static PoolSettings From(ProcessPoolOptions options, string defaultName)
    {
        int workers = options.Workers ?? WorkerProcess.CpuCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1, nameof(options.Workers));
        StaffingLimits staffing = StaffingLimits.From(options, workers);
        options.TaskOptions.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TerminationGrace, TimeSpan.Zero, nameof(options.TerminationGrace));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CancellationGrace, TimeSpan.Zero, nameof(options.CancellationGrace));
        if (options.ExitTimeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(options.ExitTimeout, TimeSpan.Zero, nameof(options.ExitTimeout));
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.StartTimeout ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(options.StartTimeout));
        options.Limits?.Validate();
        string? folder = WorkerStart.CheckedFolder(options.WorkingDirectory);
        WorkerStages stages = new(options.Initializer, options.StateFactory, options.StartFunction, options.ExitFunction);
        return new PoolSettings(
            options.Name ?? defaultName,
            workers,
            stages,
            stages.Encode(out Action? undo),
            options.Context ?? WorkerContext.Default,
            options.TaskOptions,
            options.CancellationGrace,
            options.TerminationGrace,
            options.SpinTime is { } spin ? new SpinBudget((int)Math.Clamp(spin.TotalMicroseconds, 0, 1_000_000)) : SpinBudget.Default)
        {
            UndoInitializer = undo,
            Staffing = staffing,
            StartTimeout = stages.HasStart ? options.StartTimeout : null,
            ExitTimeout = options.ExitTimeout,
            Limits = options.Limits?.Copy(),
            EnvironmentVariables = options.EnvironmentVariables?.ToDictionary(),
            WorkingDirectory = folder,
            Output = options.Output,
            Events = options.Events,
            RecordsTimeline = options.RecordTimeline,
        };
    }
}
