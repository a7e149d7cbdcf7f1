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
        foreach (Func<IIndexRunner> create in ChooseRunners())
        {
            // A comparison wants to know the ways at their best too; an answer wants to be there soon.
            int passes = options.Choice == RunnerChoice.All ? 2 : 1;
            runs.Add(IndexRun.Build(create, passes, documents, display, cancellationToken));
        }

        WordIndex index = runs[^1].Last.Index;
        List<ScanProblem> problems = [.. index.Problems];
        problems.ForEach(skip);
        Show(index, runs);
        if (options.SaveTo is not null)
        {
            using FileStream file = File.Create(options.SaveTo);
            new IndexWriter(file).Write(index);
        }

        if (runs.SelectMany(static run => run.Passes).Select(static pass => pass.Digest).Distinct().Count() > 1)
        {
            Console.Error.WriteLine("docindex: the ways did not build the same index");
            return ExitCode.Failed;
        }

        return problems.Count == documents.Files.Count ? ExitCode.NoInput
            : problems.Count + documents.Problems.Count > 0 ? ExitCode.SomeSkipped
            : ExitCode.Success;
    }

    private void Show(WordIndex index, IReadOnlyList<IndexRun> runs)
    {
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
        if (options.HasChaos)
        {
            report.Kills(runs.Sum(static run => run.Kills));
        }

        report.Digest(runs[^1].Last.Digest);
    }

    private IEnumerable<Func<IIndexRunner>> ChooseRunners()
    {
        RunnerChoice choice = options.Choice;
        if (choice is RunnerChoice.All or RunnerChoice.One)
        {
            // In a comparison this one stays calm, so that the index that comes out of the chaos can be held against it.
            yield return () => new PoolRunner(1, options.HasChaos && choice == RunnerChoice.One);
        }

        if (choice is RunnerChoice.All or RunnerChoice.Threads)
        {
            yield return () => new ThreadRunner(options.Workers);
        }

        if (choice is RunnerChoice.All or RunnerChoice.Workers)
        {
            yield return () => new PoolRunner(options.Workers, options.HasChaos);
        }
    }
}
