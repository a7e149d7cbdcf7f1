namespace Cohort.Pools;

/// <summary>Chooses how many items go to a worker at once, from how long items took so far.</summary>
/// <remarks>
/// A chunk shall take about as long as <see cref="s_target"/>: long beside the cost of sending it, short beside what an
/// uneven end would cost. Sizes start at one and grow by a factor, since the first calls are slow in every way.
/// </remarks>
internal sealed class ChunkSizer(int? fixedSize, int maxSize)
{
    private const int Growth = 16;
    private static readonly TimeSpan s_target = TimeSpan.FromMicroseconds(500);

    private int _size = fixedSize ?? 1;
    private bool _isSettled = fixedSize is not null;

    /// <summary>
    /// How many items another map may hand out at a turn, so that this one, which is still finding out how long its own take, is not
    /// left far behind; <see cref="int.MaxValue"/> when it knows.
    /// </summary>
    public int LimitForOthers => _isSettled ? int.MaxValue : (int)Math.Min((long)_size * Growth, int.MaxValue);

    /// <summary>For items and results that go in one message each way.</summary>
    public static ChunkSizer For<T, TResult>(int? fixedSize) => new(fixedSize, Math.Min(MaxSizeFor<T>(), MaxSizeFor<TResult>()));

    /// <summary>How many of <paramref name="remaining"/> items to send next.</summary>
    /// <param name="remaining">What is left.</param>
    /// <param name="workers">Among how many.</param>
    /// <param name="limit">At most so many, if the size is not fixed.</param>
    public int Next(long remaining, int workers, int limit = int.MaxValue)
    {
        if (fixedSize is { } size)
        {
            return (int)Math.Min(size, remaining);
        }

        // Towards the end smaller chunks, so that all workers finish together; but not so small that sending dominates.
        long share = Math.Max(remaining / (workers * 2L), Math.Max(_size / 16, 1));
        return (int)Math.Min(Math.Min(Math.Min(_size, share), limit), remaining);
    }

    /// <summary>Learns from a chunk that came back.</summary>
    public void Note(int count, TimeSpan elapsed)
    {
        if (fixedSize is null)
        {
            double perItem = Math.Max(elapsed.Ticks, 1) / (double)count;
            double fitting = s_target.Ticks / perItem;
            double reachable = (double)_size * Growth;
            _isSettled |= fitting < reachable || reachable >= maxSize;
            _size = (int)Math.Clamp(Math.Min(fitting, reachable), 1, maxSize);
        }
    }

    /// <summary>The largest chunk of items of this type: bounded in bytes where items are plain data.</summary>
    public static int MaxSizeFor<T>() =>
        System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>()
            ? 4096
            : Math.Max(1, (192 * 1024) / System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
}
