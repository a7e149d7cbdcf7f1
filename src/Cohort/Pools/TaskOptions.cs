namespace Cohort.Pools;

/// <summary>How a pool runs tasks: given with the pool for all, or by <see cref="PoolBase.With"/> for some.</summary>
/// <remarks>
/// In a map or a stream whose tasks have a timeout, or are run again after exceptions, each item goes to a worker by itself
/// unless a chunk size is given; for a larger chunk they hold for the chunk as a whole, with so many times the timeout.
/// A <see cref="ThreadWorkerPool"/> and an <see cref="InlinePool"/> have no workers that can be stopped or die: they refuse a timeout,
/// and what is said of lost workers has no effect there. In an <see cref="InlinePool"/> nothing waits, so a priority has none either.
/// </remarks>
public sealed record TaskOptions
{
    /// <summary>The default of <see cref="QuarantineAfter"/>.</summary>
    public const int DefaultQuarantineAfter = 3;

    /// <summary>
    /// How long a task may run. Then its caller gets a <see cref="TimeoutException"/> at once, and the worker is stopped as when a
    /// task is cancelled: by the task's token, by SIGTERM, by SIGKILL, each with its time
    /// (<see cref="ProcessPoolOptions.CancellationGrace"/>, <see cref="ProcessPoolOptions.TerminationGrace"/>).
    /// </summary>
    /// <value>The default is null: as long as it likes.</value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often a task is run again when its worker died of it, or when <see cref="RetryOn"/> says so of its exception.</summary>
    /// <value>The default is 0: a function may have effects that must not happen twice.</value>
    public int Retries { get; init; }

    /// <summary>Which exceptions of the function are worth another run. Called while the pool holds its lock: it must be quick.</summary>
    /// <value>The default is null: none.</value>
    public Func<Exception, bool>? RetryOn { get; init; }

    /// <summary>How long to wait before a task is run again for the first time.</summary>
    /// <value>The default is zero.</value>
    public TimeSpan RetryDelay { get; init; }

    /// <summary>By what the delay grows with each further run.</summary>
    /// <value>The default is 2.</value>
    public double RetryBackoff { get; init; } = 2;

    /// <summary>The longest delay.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many workers a task may kill, whatever <see cref="Retries"/> allows: then it fails with
    /// <see cref="PoisonTaskException"/>, which tells of each of these deaths. A task that may not be run again at all fails with
    /// <see cref="WorkerLostException"/> at the first one.
    /// </summary>
    /// <value>The default is <see cref="DefaultQuarantineAfter"/>.</value>
    public int QuarantineAfter { get; init; } = DefaultQuarantineAfter;

    /// <summary>Tasks of a higher priority are begun before those of a lower one. What runs is not interrupted.</summary>
    /// <value>The default is 0.</value>
    public int Priority { get; init; }

    /// <summary>
    /// Is told how far a map or a stream has come, on threads of the thread pool and one report at a time; the last one, which
    /// is always made, comes before the map's result, and for a stream on the consumer's thread. What it throws is dropped.
    /// </summary>
    /// <remarks><see cref="Progress{T}"/> passes each report on to the context in which it was made, so there the last one may
    /// come after the result.</remarks>
    /// <value>The default is null: nobody. Single calls report nothing.</value>
    public IProgress<PoolProgress>? Progress { get; init; }

    /// <summary>The least time between two reports of <see cref="Progress"/>, but for the last one.</summary>
    /// <value>The default is a tenth of a second.</value>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    internal static TaskOptions Default { get; } = new();

    /// <summary>Whether a map should send each item by itself.</summary>
    internal bool IsPerItem => Timeout is not null || RetryOn is not null;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal void Validate()
    {
        if (Timeout is { } timeout)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(Timeout));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(Retries, nameof(Retries));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.Zero, nameof(RetryDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryBackoff, 1, nameof(RetryBackoff));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRetryDelay, TimeSpan.Zero, nameof(MaxRetryDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(QuarantineAfter, 1, nameof(QuarantineAfter));
        ArgumentOutOfRangeException.ThrowIfLessThan(ProgressInterval, TimeSpan.FromMilliseconds(1), nameof(ProgressInterval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ProgressInterval.TotalMilliseconds, int.MaxValue, nameof(ProgressInterval));
    }

    /// <summary>These options, checked, for a pool whose workers are in this process.</summary>
    /// <exception cref="NotSupportedException">They ask for what only worker processes can do.</exception>
    /// <inheritdoc cref="Validate" path="/exception"/>
    internal TaskOptions CheckedForThisProcess()
    {
        Validate();
        EnsureNothingIsStopped();
        return this;
    }

    /// <exception cref="NotSupportedException">They ask for what only worker processes can do.</exception>
    internal void EnsureNothingIsStopped()
    {
        if (Timeout is not null)
        {
            throw new NotSupportedException(
                $"{nameof(Timeout)} is for worker processes, since nothing else can be stopped: use a {nameof(ProcessPool)}.");
        }
    }

    /// <summary>How long to wait before a run.</summary>
    /// <param name="again">How often it has been run before, at least 1.</param>
    internal TimeSpan DelayBefore(int again)
    {
        if (RetryDelay == TimeSpan.Zero)
        {
            // After many runs the power is infinite, and so many times nothing is not a number.
            return TimeSpan.Zero;
        }

        double seconds = RetryDelay.TotalSeconds * Math.Pow(RetryBackoff, again - 1);
        return seconds < MaxRetryDelay.TotalSeconds ? TimeSpan.FromSeconds(seconds) : MaxRetryDelay;
    }
}
