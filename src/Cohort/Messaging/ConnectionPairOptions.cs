namespace Cohort.Messaging;

/// <summary>How the two ends of a <see cref="ConnectionPair"/> talk.</summary>
public sealed class ConnectionPairOptions
{
    /// <summary>
    /// How long whoever waits at an end looks again and again before it sleeps; null, the default, is up to 50 µs and less while
    /// that is in vain, or none on a machine of one CPU. Zero saves CPU time for some microseconds more per message.
    /// </summary>
    public TimeSpan? SpinTime { get; init; }

    /// <summary>
    /// Bytes each way between sending and receiving: a power of two, from 16 KiB to 256 MiB. Longer messages pass through all the same; a sender
    /// waits while there is no room. The default is 256 KiB.
    /// </summary>
    public int Capacity { get; init; } = 256 * 1024;
}
