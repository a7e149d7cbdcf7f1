using System.Diagnostics;

namespace Cohort.Utils;

/// <summary>
/// A point in monotonic time by which something has to be done. It is built once where a timeout enters, so that a wait
/// in several steps does not start its timeout anew. <c>default</c> is a deadline that has passed.
/// </summary>
internal readonly struct Deadline : IEquatable<Deadline>
{
    private const long NeverStamp = long.MaxValue;

    /// <summary>In units of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    private readonly long _stamp;

    private Deadline(long stamp)
    {
        _stamp = stamp;
    }

    public static Deadline Never => new(NeverStamp);

    public bool IsInfinite => _stamp == NeverStamp;

    public bool HasPassed => !IsInfinite && Stopwatch.GetTimestamp() >= _stamp;

    /// <summary>Zero when passed, <see cref="Timeout.InfiniteTimeSpan"/> when never.</summary>
    public TimeSpan Remaining
    {
        get
        {
            if (IsInfinite)
            {
                return Timeout.InfiniteTimeSpan;
            }

            long now = Stopwatch.GetTimestamp();
            return now >= _stamp ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, _stamp);
        }
    }

    /// <summary>
    /// For system calls: -1 when never, else rounded up, so that a wait does not end a fraction early and spin.
    /// </summary>
    public int RemainingMilliseconds
    {
        get
        {
            if (IsInfinite)
            {
                return -1;
            }

            long ticks = Remaining.Ticks;
            long milliseconds = (ticks / TimeSpan.TicksPerMillisecond) + (ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
            return (int)Math.Min(milliseconds, int.MaxValue);
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    public static Deadline In(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return Never;
        }

        // Whoever does not want to wait does not want to ask for the time either.
        if (timeout == TimeSpan.Zero)
        {
            return default;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        Int128 stamp = Stopwatch.GetTimestamp() + ((Int128)timeout.Ticks * Stopwatch.Frequency / TimeSpan.TicksPerSecond);
        return new Deadline(stamp < NeverStamp ? (long)stamp : NeverStamp - 1);
    }

    /// <param name="milliseconds">-1 for never.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is below -1.</exception>
    public static Deadline InMilliseconds(int milliseconds) =>
        In(milliseconds == Timeout.Infinite ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(milliseconds));

    public bool Equals(Deadline other) => _stamp == other._stamp;

    public override bool Equals(object? obj) => obj is Deadline other && Equals(other);

    public override int GetHashCode() => _stamp.GetHashCode();

    public override string ToString() => IsInfinite ? "never" : $"in {Remaining}";
}
