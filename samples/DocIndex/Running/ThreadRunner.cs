using System.Collections.Concurrent;
using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>The framework's own way: threads of this process.</summary>
internal sealed class ThreadRunner(int threads) : IIndexRunner
{
    public string Name => threads == 1 ? "1 thread" : $"{threads} threads";

    public void Run(IReadOnlyList<Piece> pieces, Action<FilePart> deliver, CancellationToken cancellationToken)
    {
        Lock gate = new();
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };

        // One by one: the default partitioner would deal out ranges, and all large pieces would be in the first.
        Parallel.ForEach(Partitioner.Create(pieces, EnumerablePartitionerOptions.NoBuffering), options, piece =>
        {
            FilePart part = FileIndexer.Index(piece);
            lock (gate)
            {
                deliver(part);
            }
        });
    }

    public void Dispose()
    {
        // The threads are the framework's and stay.
    }
}
