namespace Cohort.Pools;

/// <summary>Where a worker is between its start and its end. Times are in ticks of the stopwatch.</summary>
internal sealed class WorkerTenure
{
    /// <summary>How many tasks it may be given in all.</summary>
    public long TaskLimit { get; init; } = long.MaxValue;

    /// <summary>When its start began.</summary>
    public long LaunchedAt { get; init; }

    /// <summary>When it said that it begins with its initializer; 0 before that, and where nobody wants to know.</summary>
    public long InitializingSince { get; set; }

    /// <summary>Why it was killed before it was ready; null when it was not.</summary>
    public TimeoutException? StartFault { get; set; }

    /// <summary>When it said that it is ready.</summary>
    public long ReadyAt { get; set; }

    /// <summary>How many tasks it has answered.</summary>
    public long Answered { get; set; }

    /// <summary>It may be given tasks: one of as many as the pool has at work. Until then it is a spare.</summary>
    public bool IsActive { get; set; }

    /// <summary>Its place will be taken by another, which comes up meanwhile.</summary>
    public bool IsDue { get; set; }

    /// <summary>It does not go by itself at its last task: it goes when the other is ready.</summary>
    public bool GoesWhenReplaced { get; set; }

    /// <summary>It gets no more tasks, and leaves as soon as it can be told so.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Its resident memory when it was ready.</summary>
    public long BaseMemory { get; set; }

    /// <summary>It was seen to take more memory than it may.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>When its memory was looked at.</summary>
    public long MemoryCheckedAt { get; set; }

    /// <summary>It has answered since its memory was looked at.</summary>
    public bool HasNewAnswers { get; set; }

    /// <param name="load">How many tasks it has now.</param>
    public bool MayTake(int load) => IsActive && !IsRetired && Answered + load < TaskLimit;
}
