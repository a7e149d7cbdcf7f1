namespace Cohort.Pools;

/// <summary>How many items of a stream may be read and not yet taken as results.</summary>
/// <remarks>
/// Enough that workers do not run dry while the consumer is away: by time, since a consumer that shares the CPUs with the
/// workers is away for that long. Slow items, and large ones, which take time to be decoded, stay few.
/// </remarks>
internal sealed class StreamWindow
{
    /// <summary>By default, so many items for each worker, however slow they are, in whatever chunks.</summary>
    internal const int LeastPerWorker = 128;

    /// <summary>By default, so many items for each worker, however fast they are.</summary>
    internal const int MostPerWorker = 1024;

    private static readonly TimeSpan s_bridged = TimeSpan.FromMilliseconds(1);

    private readonly bool _isFixed;
    private readonly int _workers;
    private readonly long _least;
    private readonly long _most;

    public StreamWindow(int? limit, int? chunkSize, int workers)
    {
        _isFixed = limit is not null;
        _workers = workers;
        long chunk = chunkSize ?? 1;
        _least = limit ?? (LeastPerWorker * workers * chunk);
        _most = limit ?? (MostPerWorker * workers * chunk);
        Limit = (int)Math.Min(_least, int.MaxValue);
    }

    /// <summary>The limit for now.</summary>
    public int Limit { get; private set; }

    /// <summary>The largest chunk that leaves each worker two.</summary>
    public int MaxChunk => (int)Math.Clamp(_most / (2 * _workers), 1, int.MaxValue);

    /// <summary>Learns from a chunk that came back.</summary>
    public void Note(int count, TimeSpan elapsed)
    {
        if (!_isFixed)
        {
            double perItem = Math.Max(elapsed.Ticks, 1) / (double)count;
            Limit = (int)Math.Min(Math.Clamp(_workers * s_bridged.Ticks / perItem, _least, _most), int.MaxValue);
        }
    }
}
