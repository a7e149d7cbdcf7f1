namespace Cohort.Benchmarks.Compare;

/// <summary>Runs the rows, ours and the peer's by turns, and reports the medians.</summary>
internal static class CompareCommand
{
    public static int Run(IReadOnlyList<string> arguments) => CommandRun.Run("compare", () =>
    {
        CompareOptions options = CompareOptions.Parse(arguments);
        if (options.WantsHelp)
        {
            Console.WriteLine(CompareOptions.Help);
            return 0;
        }

        IReadOnlyList<Row> rows = Select(options.Rows);
        if (options.ListsRows)
        {
            Console.WriteLine(string.Join('\n', rows.Select(static row => row.Name)));
            return 0;
        }

        return Compare(options, rows);
    });

    private static IReadOnlyList<Row> Select(IReadOnlyList<string> names)
    {
        Dictionary<string, Row> known = Rows.All.ToDictionary(static row => row.Name, StringComparer.Ordinal);
        string[] unknown = [.. names.Where(name => !known.ContainsKey(name))];
        return unknown.Length > 0
            ? throw new ArgumentException($"no row is named {string.Join(", ", unknown)} (there are {string.Join(", ", known.Keys)})")
            : names.Count == 0 ? Rows.All : [.. names.Distinct(StringComparer.Ordinal).Select(name => known[name])];
    }

    private static int Compare(CompareOptions options, IReadOnlyList<Row> rows)
    {
        bool needsPython = rows.Any(static row => row.Peer == PeerKind.CPython);
        CPython? python = needsPython ? CPython.FindNewest() : null;
        Console.WriteLine($".NET {Environment.Version}, {Environment.ProcessorCount} processors, {options.Rounds} rounds");
        if (needsPython)
        {
            Console.WriteLine(python?.Description ?? "no CPython 3 was found: rows that compare with it show our side only");
        }

        RowSamples[] samples = [.. rows.Select(static row => new RowSamples(row))];
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (RowSamples row in samples)
            {
                MeasureBoth(row, python, peerFirst: round % 2 == 1);
                Console.Error.Write($"\rround {round + 1} of {options.Rounds}: {row.Row.Name,-40}");
            }
        }

        Console.Error.WriteLine();
        RowResult[] results = [.. samples.Select(static row => row.Summarize())];
        ResultTable.Write(results, Console.Out);
        if (options.JsonFile is not null)
        {
            ResultJson.Write(results, options.JsonFile);
        }

        return results.Any(static result => result.IsMet == false) ? CommandRun.BarMissed : 0;
    }

    private static void MeasureBoth(RowSamples samples, CPython? python, bool peerFirst)
    {
        Row row = samples.Row;
        Func<double>? peer = PeerOf(row, python);
        if (peerFirst && peer is not null)
        {
            samples.AddPeer(peer());
        }

        // What one row leaves behind must not be collected in the time of another.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        samples.AddOurs(row.IsMeasuredAlone ? MeasureCommand.Alone(row, isPeer: false) : row.Measure());
        if (!peerFirst && peer is not null)
        {
            samples.AddPeer(peer());
        }
    }

    /// <summary>Null when there is none.</summary>
    private static Func<double>? PeerOf(Row row, CPython? python) => row switch
    {
        { Peer: PeerKind.CPython } => python is null ? null : () => python.Measure(row),
        { MeasurePeer: not null, IsMeasuredAlone: true } => () => MeasureCommand.Alone(row, isPeer: true),
        _ => row.MeasurePeer,
    };
}
