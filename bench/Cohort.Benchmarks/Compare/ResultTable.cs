using System.Globalization;

namespace Cohort.Benchmarks.Compare;

/// <summary>The results as a Markdown table, aligned so that a terminal shows it well too.</summary>
internal static class ResultTable
{
    public static void Write(IReadOnlyList<RowResult> results, TextWriter output)
    {
        List<string[]> lines = [["row", "unit", "ours", "peer", "ratio", "bar", "met", "peer is"]];
        lines.AddRange(results.Select(static result => new[]
        {
            result.Row.Name,
            result.Row.Unit,
            Figure(result.Ours),
            Figure(result.Peer),
            result.Ratio is { } ratio ? Figure(ratio) + "x" : "",
            result.Row.Bar?.Describe(result.Row.Better) ?? "",
            result.IsMet switch { true => "yes", false => "NO", null => "" },
            result.Row.Peer switch { PeerKind.CPython => "CPython", PeerKind.ParallelFor => "Parallel.For", PeerKind.NamedMutex => "named Mutex", PeerKind.CodecPrototype => "prototype", _ => "" },
        }));
        int[] widths = [.. lines[0].Select((_, column) => lines.Max(line => line[column].Length))];
        lines.Insert(1, [.. widths.Select(static (width, column) => IsNumber(column) ? new string('-', width - 1) + ":" : new string('-', width))]);
        foreach (string[] line in lines)
        {
            output.WriteLine($"| {string.Join(" | ", line.Select((cell, column) => IsNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column])))} |");
        }
    }

    private static bool IsNumber(int column) => column is >= 2 and <= 4;

    /// <summary>Four digits that count, or all before the point.</summary>
    private static string Figure(double? value) => value switch
    {
        null => "",
        0 => "0",
        { } number => number.ToString("N" + Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(number))), 0, 4), CultureInfo.InvariantCulture),
    };
}
