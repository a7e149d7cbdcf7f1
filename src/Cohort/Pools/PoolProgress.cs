namespace Cohort.Pools;

/// <summary>How far a map has come: see <see cref="TaskOptions.Progress"/>.</summary>
/// <param name="Done">How many items have a result.</param>
/// <param name="Failed">How many items have none and will get none; a chunk that fails, fails with all of its items.</param>
/// <param name="Total">How many items there are; null when only the end of the input will tell.</param>
/// <param name="Elapsed">How long the map has been running.</param>
/// <param name="IsLast">Whether the map has ended: nothing is reported after this.</param>
public sealed record PoolProgress(long Done, long Failed, long? Total, TimeSpan Elapsed, bool IsLast)
{
    /// <summary>Items per second, done or failed, since the map began.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? (Done + Failed) / Elapsed.TotalSeconds : 0;

    /// <summary>From 0 to 1; null when <see cref="Total"/> is.</summary>
    public double? Fraction => Total is { } total ? total == 0 ? 1 : Math.Min(1, (double)(Done + Failed) / total) : null;

    /// <summary>How long the rest takes at this rate; null before the first item and when <see cref="Total"/> is.</summary>
    public TimeSpan? Remaining => Total is { } total && Rate > 0
        ? TimeSpan.FromSeconds(Math.Min(Math.Max(0, total - Done - Failed) / Rate, TimeSpan.MaxValue.TotalSeconds / 2))
        : null;
}
