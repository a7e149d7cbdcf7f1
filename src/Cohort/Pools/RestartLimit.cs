namespace Cohort.Pools;

/// <summary>
/// How many workers may die unexpectedly before a <see cref="ProcessPool"/> gives up, as a supervisor of Erlang/OTP does: more
/// than <paramref name="Intensity"/> deaths within any <paramref name="Period"/> break the pool.
/// </summary>
/// <param name="Intensity">So many deaths are borne; 0 bears none.</param>
/// <param name="Period">Within how long.</param>
/// <remarks>
/// Workers that the pool itself ends are no unexpected deaths: those that are recycled, idle or too many, and those whose
/// task was cancelled or ran past its timeout.
/// </remarks>
public sealed record RestartLimit(int Intensity, TimeSpan Period)
{
    /// <exception cref="ArgumentOutOfRangeException">The intensity is negative, or the period not positive.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Intensity, nameof(Intensity));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Period, TimeSpan.Zero, nameof(Period));
    }
}
