namespace Cohort.Pools;

/// <summary>How long a pool's workers live and how many there are: the options of that, checked.</summary>
internal sealed record StaffingLimits(
    int? MaxTasks,
    TimeSpan? MaxAge,
    long? MaxMemory,
    long? MaxMemoryGrowth,
    TimeSpan? IdleTimeout,
    int MinWorkers,
    RestartLimit? Restarts)
{
    /// <summary>Whether the resident memory of workers is to be watched.</summary>
    public bool WatchesMemory => MaxMemory is not null || MaxMemoryGrowth is not null;

    /// <summary>Whether there are timers that come and go with answers.</summary>
    public bool HasTimers => WatchesMemory || MaxAge is not null || IdleTimeout is not null;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static StaffingLimits From(ProcessPoolOptions options, int workers)
    {
        EnsurePositive(options.MaxTasksPerWorker, 0, nameof(options.MaxTasksPerWorker));
        EnsurePositive(options.MaxWorkerAge, TimeSpan.Zero, nameof(options.MaxWorkerAge));
        EnsurePositive(options.MaxWorkerMemory, 0L, nameof(options.MaxWorkerMemory));
        EnsurePositive(options.MaxWorkerMemoryGrowth, 0L, nameof(options.MaxWorkerMemoryGrowth));
        EnsurePositive(options.IdleTimeout, TimeSpan.Zero, nameof(options.IdleTimeout));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MinWorkers, nameof(options.MinWorkers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MinWorkers, workers, nameof(options.MinWorkers));
        options.RestartLimit?.Validate();
        return new StaffingLimits(
            options.MaxTasksPerWorker,
            options.MaxWorkerAge,
            options.MaxWorkerMemory,
            options.MaxWorkerMemoryGrowth,
            options.IdleTimeout,
            options.MinWorkers,
            options.RestartLimit);
    }

    private static void EnsurePositive<T>(T? value, T zero, string name)
        where T : struct, IComparable<T>
    {
        if (value is { } given)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, zero, name);
        }
    }
}
