namespace Cohort.Messaging;

/// <summary>How a queue between processes works.</summary>
public sealed record QueueOptions
{
    /// <summary>The default of <see cref="MemoryLimit"/>, in bytes: 16 GiB.</summary>
    public const long DefaultMemoryLimit = 16L << 30;

    /// <summary>The least <see cref="MemoryLimit"/>, in bytes: 64 KiB.</summary>
    public const long MinMemoryLimit = 64 << 10;

    /// <summary>
    /// Bytes of the ring in which the items lie, rounded up to a power of two. It is address space, and becomes memory only as
    /// far as items lie there. A put that would go beyond waits as in a full queue. The ring is as long as from the oldest item
    /// that is not done with to the newest: behind an item that is leased for long, those that are done with keep their place
    /// until that lease ends, also when no item waits.
    /// </summary>
    public long MemoryLimit { get; init; } = DefaultMemoryLimit;

    internal static QueueOptions Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MemoryLimit, MinMemoryLimit, nameof(MemoryLimit));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MemoryLimit, 1L << 44, nameof(MemoryLimit));
    }
}
