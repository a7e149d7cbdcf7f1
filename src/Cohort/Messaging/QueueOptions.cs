namespace Cohort.Messaging;

/// <summary>How a queue between processes works.</summary>
public sealed record QueueOptions
{
    /// <summary>The default of <see cref="MemoryLimit"/>, in bytes: 16 GiB.</summary>
    public const long DefaultMemoryLimit = 16L << 30;

    /// <summary>The least <see cref="MemoryLimit"/>, in bytes: 64 KiB.</summary>
    public const long MinMemoryLimit = 64 << 10;

    /// <summary>
    /// Bytes that the waiting items may take together, rounded up to a power of two. It is address space, and becomes memory
    /// only as far as items lie there. A put that would go beyond waits as in a full queue.
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
