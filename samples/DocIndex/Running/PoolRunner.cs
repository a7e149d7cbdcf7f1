using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>Worker processes. They start with the first pass and stay for the next ones, warm.</summary>
internal sealed class PoolRunner : IIndexRunner
{
    /// <summary>Indexing a piece changes nothing outside the worker, so a lost one can be run again as often as it takes.</summary>
    private const int Retries = 1000;

    private readonly ProcessPool _pool;
    private readonly Chaos? _chaos;

    public PoolRunner(int workers, bool hasChaos)
    {
        Name = (workers == 1 ? "1 worker" : $"{workers} workers") + (hasChaos ? " under chaos" : "");
        _pool = new ProcessPool(new ProcessPoolOptions { Workers = workers, TaskOptions = new() { Retries = Retries, QuarantineAfter = int.MaxValue }, Name = "docindex" });
        _chaos = hasChaos ? new Chaos(_pool) : null;
    }

    public string Name { get; }

    public int Kills => _chaos?.Kills ?? 0;

    public void Run(IReadOnlyList<Piece> pieces, Action<FilePart> deliver, CancellationToken cancellationToken)
    {
        foreach (FilePart part in _pool.MapStream(FileIndexer.Index, pieces, ordered: false, chunkSize: 1, cancellationToken: cancellationToken))
        {
            deliver(part);
        }
    }

    public void Dispose()
    {
        _chaos?.Dispose();
        _pool.Dispose();
    }
}
