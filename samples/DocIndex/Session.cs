using Cohort.Samples.DocIndex.Display;
using Cohort.Samples.DocIndex.Merging;
using Cohort.Samples.DocIndex.Running;
using Cohort.Samples.DocIndex.Scanning;
using Cohort.Samples.DocIndex.Searching;

namespace Cohort.Samples.DocIndex;

/// <summary>Builds the index in the ways that were asked for, and reports.</summary>
internal sealed class Session(
    Options options, DocumentSet documents, Report report, IProgressDisplay display, Action<ScanProblem> skip)
{
    public int Run(CancellationToken cancellationToken)
    {
        report.Found(documents);
        List<IndexRun> runs = [];
        foreach (IIndexRunner runner in ChooseRunners())
        {
            runs.Add(IndexRun.Build(runner, documents, display, cancellationToken));
        }

        WordIndex index = runs[^1].Index;
        List<ScanProblem> problems = [.. index.Problems];
        problems.ForEach(skip);
        report.Summary(index);
        if (options.Query is null)
        {
            report.TopWords(index, options.Top);
            report.LargestTypes(index, options.Top);
        }
        else
        {
            report.Search(new Searcher(index).Search(options.Query, options.Top));
        }

        report.Timings(runs, documents);
        report.Digest(runs[^1].Digest);
        if (options.SaveTo is not null)
        {
            using FileStream file = File.Create(options.SaveTo);
            new IndexWriter(file).Write(index);
        }

        return runs.Any(run => run.Digest != runs[0].Digest) ? ExitCode.Failed
            : problems.Count == documents.Files.Count ? ExitCode.NoInput
            : problems.Count + documents.Problems.Count > 0 ? ExitCode.SomeSkipped
            : ExitCode.Success;
    }

    private IEnumerable<IIndexRunner> ChooseRunners()
    {
        yield return new ThreadRunner(1);
        yield return new ThreadRunner(options.Workers);
    }
}
