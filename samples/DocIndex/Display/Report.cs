using System.Globalization;
using Cohort.Samples.DocIndex.Merging;
using Cohort.Samples.DocIndex.Running;
using Cohort.Samples.DocIndex.Scanning;
using Cohort.Samples.DocIndex.Searching;

namespace Cohort.Samples.DocIndex.Display;

/// <summary>What the program prints on standard output.</summary>
internal sealed class Report(TextWriter output)
{
    public void Found(DocumentSet documents) => output.WriteLine(
        $"{documents.Root}: {Units.Count(documents.Files.Count)} files, {Units.Mebibytes(documents.Length)} MiB");

    public void Summary(WordIndex index)
    {
        output.WriteLine();
        output.WriteLine(
            $"index: {Units.Count(index.FileCount)} files, "
            + $"{Units.Count(index.MemberCount)} members, {Units.Count(IndexStatistics.WordCount(index))} words, "
            + $"{Units.Count(index.Terms.Length)} distinct");
    }

    public void TopWords(WordIndex index, int count)
    {
        PlainTable table = new("word", "times");
        foreach ((string word, long times) in IndexStatistics.TopWords(index, count))
        {
            table.Add(word, Units.Count(times));
        }

        Section("top words (without words of grammar)", table);
    }

    public void LargestTypes(WordIndex index, int count)
    {
        PlainTable table = new PlainTable("type", "members", "words", "files", "documented in").Left(4);
        foreach (TypeSize type in IndexStatistics.LargestTypes(index, count))
        {
            table.Add(type.Name, Units.Count(type.Members), Units.Count(type.Words), Units.Count(type.Files), type.Assembly);
        }

        Section("largest types", table);
    }

    public void Timings(IReadOnlyList<IndexRun> runs, DocumentSet documents)
    {
        bool isRepeated = runs[0].Passes.Count > 1;
        string[] headers = ["built by", "from nothing", .. isRepeated ? ["again"] : Array.Empty<string>(), "of it merging", "MiB/s", "speed", "index"];
        PlainTable table = new PlainTable(headers).Left(headers.Length - 1);
        foreach (IndexRun run in runs)
        {
            IndexPass last = run.Last;
            table.Add(
            [
                run.Name,
                .. run.Passes.Select(static pass => Units.Seconds(pass.Elapsed)),
                Units.Seconds(last.Merging),
                Units.Mebibytes((long)(documents.Length / last.Elapsed.TotalSeconds)),
                Units.Ratio(runs[0].Last.Elapsed / last.Elapsed) + "x",
                last.Digest[..12],
            ]);
        }

        Section(
            isRepeated
                ? "timings in seconds (from nothing: workers start, code is compiled; again: both are ready)"
                : "timings in seconds (from nothing: workers start, code is compiled)",
            table);
    }

    public void Search(SearchResult result)
    {
        output.WriteLine();
        output.WriteLine($"query: {string.Join(" + ", result.Words)}");
        foreach (string word in result.Unknown)
        {
            output.WriteLine($"  no file has '{word}'");
        }

        Hits("member", result.Members);
        Hits("type", result.Types);
        Hits("file", result.Files);
    }

    public void Kills(int count) => output.WriteLine($"chaos: {count} workers killed");

    public void Digest(string digest) => output.WriteLine($"sha256: {digest}");

    private void Hits(string what, IReadOnlyList<Hit> hits)
    {
        PlainTable table = new(what, "score", "files");
        foreach (Hit hit in hits)
        {
            table.Add(hit.Name, hit.Score.ToString("F2", CultureInfo.InvariantCulture), Units.Count(hit.Files));
        }

        Section(hits.Count == 0 ? $"{what}s: none has them all" : $"{what}s", hits.Count == 0 ? null : table);
    }

    private void Section(string title, PlainTable? table)
    {
        output.WriteLine();
        output.WriteLine(title);
        table?.Write(output);
    }
}
