using System.Diagnostics;
using Cohort.Samples.DocIndex.Display;
using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Merging;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>An index that was built, how and how fast.</summary>
/// <param name="Name">The runner's name.</param>
/// <param name="Index">The index.</param>
/// <param name="Elapsed">From nothing to the merged index.</param>
/// <param name="Merging">How much of that this process spent putting parts together.</param>
/// <param name="Digest">SHA-256 of the index in its canonical form.</param>
internal sealed record IndexRun(string Name, WordIndex Index, TimeSpan Elapsed, TimeSpan Merging, string Digest)
{
    public static IndexRun Build(IIndexRunner runner, DocumentSet documents, IProgressDisplay display, CancellationToken cancellationToken)
    {
        TimeSpan merging = TimeSpan.Zero;
        Stopwatch watch = Stopwatch.StartNew();
        WordIndex index = display.Track(runner.Name, documents, indexed =>
        {
            IndexMerger merger = new(documents);
            runner.Run(merger.Pieces, part => indexed(Merge(part)), cancellationToken);
            if (merger.TakeBroken() is { Count: > 0 } broken)
            {
                runner.Run(broken, part => Merge(part), cancellationToken);
            }

            long finish = Stopwatch.GetTimestamp();
            WordIndex merged = merger.Finish();
            merging += Stopwatch.GetElapsedTime(finish);
            return merged;

            long Merge(FilePart part)
            {
                long start = Stopwatch.GetTimestamp();
                Piece piece = merger.Add(part);
                merging += Stopwatch.GetElapsedTime(start);
                return piece.Length;
            }
        });
        watch.Stop();
        return new IndexRun(runner.Name, index, watch.Elapsed, merging, IndexWriter.Digest(index));
    }
}
