using System.Diagnostics;
using Cohort.Samples.DocIndex.Display;
using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Merging;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>One way to build the index, and how each pass went.</summary>
/// <param name="Name">The runner's name.</param>
/// <param name="Passes">
/// The first one is from nothing: it starts the workers and compiles the code. The others find both ready.
/// </param>
/// <param name="Kills">How many workers were killed on purpose.</param>
internal sealed record IndexRun(string Name, IReadOnlyList<IndexPass> Passes, int Kills)
{
    public IndexPass Last => Passes[^1];

    public static IndexRun Build(
        Func<IIndexRunner> create, int passes, DocumentSet documents, IProgressDisplay display, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        using IIndexRunner runner = create();
        List<IndexPass> built = [];
        for (int pass = 1; pass <= passes; pass++)
        {
            string title = pass == 1 ? runner.Name : $"{runner.Name}, again";
            built.Add(display.Track(title, documents, indexed => BuildOnce(runner, documents, indexed, start, cancellationToken)));
            start = Stopwatch.GetTimestamp();
        }

        return new IndexRun(runner.Name, built, runner.Kills);
    }

    private static IndexPass BuildOnce(
        IIndexRunner runner, DocumentSet documents, Action<long> indexed, long start, CancellationToken cancellationToken)
    {
        TimeSpan merging = TimeSpan.Zero;
        IndexMerger merger = new(documents);
        runner.Run(merger.Pieces, part => indexed(Merge(part)), cancellationToken);
        if (merger.TakeBroken() is { Count: > 0 } broken)
        {
            runner.Run(broken, part => Merge(part), cancellationToken);
        }

        long finish = Stopwatch.GetTimestamp();
        WordIndex index = merger.Finish();
        merging += Stopwatch.GetElapsedTime(finish);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new IndexPass(index, elapsed, merging, IndexWriter.Digest(index));

        long Merge(FilePart part)
        {
            long begin = Stopwatch.GetTimestamp();
            Piece piece = merger.Add(part);
            merging += Stopwatch.GetElapsedTime(begin);
            return piece.Length;
        }
    }
}
