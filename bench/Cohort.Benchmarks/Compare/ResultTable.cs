namespace Cohort.Benchmarks.Compare;

/// <summary>The results as a table.</summary>
internal static class ResultTable
{
    public static void Write(IReadOnlyList<RowResult> results, TextWriter output)
    {
        List<string[]> lines = [["row", "unit", "ours", "peer", "ratio", "bar", "met", "peer is"]];
        lines.AddRange(results.Select(static result => new[]
        {
            result.Row.Name,
            result.Row.Unit,
            MarkdownTable.Figure(result.Ours),
            MarkdownTable.Figure(result.Peer),
            result.Ratio is { } ratio ? MarkdownTable.Figure(ratio) + "x" : "",
            result.Row.Bar?.Describe(result.Row.Better) ?? "",
            result.IsMet switch { true => "yes", false => "NO", null => "" },
            NameOf(result.Row.Peer),
        }));
        MarkdownTable.Write(lines, static column => column is >= 2 and <= 4, output);
    }

    private static string NameOf(PeerKind peer) => peer switch
    {
        PeerKind.CPython => "CPython",
        PeerKind.ParallelFor => "Parallel.For",
        PeerKind.NamedMutex => "named Mutex",
        PeerKind.NamedPipes => "named pipes",
        PeerKind.NetMq => "NetMQ",
        PeerKind.StreamJsonRpc => "StreamJsonRpc",
        PeerKind.PosixSpawn => "posix_spawn",
        PeerKind.Process => "Process",
        PeerKind.CliWrap => "CliWrap",
        PeerKind.MedallionShell => "MedallionShell",
        PeerKind.CodecPrototype => "prototype",
        _ => "",
    };
}
