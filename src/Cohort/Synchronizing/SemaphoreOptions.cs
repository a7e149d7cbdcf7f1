namespace Cohort.Synchronizing;

/// <summary>How an <see cref="InterprocessSemaphore"/> or a <see cref="BoundedInterprocessSemaphore"/> works.</summary>
public sealed record SemaphoreOptions
{
    /// <summary>
    /// Whether the permits that a process holds come back when it ends without having released them. By default they do
    /// not, as in Python: they are gone with it.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Who waits notices a death within 100 ms. Tracking suits semaphores that limit how many do something at a time, where
    /// who acquires also releases. It does not suit those that count events, where one process releases and another acquires:
    /// there each event that a process has taken would happen again when that process ends.
    /// </para>
    /// <para>
    /// At most 64 processes can hold permits at the same time. It costs a few dozen nanoseconds a call, and a process that is
    /// stopped (SIGSTOP) in the middle of a call keeps all others out until it goes on or is killed.
    /// </para>
    /// </remarks>
    public bool PermitTracking { get; init; }
}
