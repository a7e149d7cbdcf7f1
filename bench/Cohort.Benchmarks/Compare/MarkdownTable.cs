using System.Globalization;

namespace Cohort.Benchmarks.Compare;

/// <summary>A Markdown table, aligned so that a terminal shows it well too.</summary>
internal static class MarkdownTable
{
    /// <param name="lines">The first is the heads of the columns.</param>
    /// <param name="isNumber">Whether a column is set to the right.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(IReadOnlyList<string[]> lines, Func<int, bool> isNumber, TextWriter output)
    {
        int[] widths = [.. lines[0].Select((_, column) => lines.Max(line => line[column].Length))];
        string[] rule = [.. widths.Select((width, column) => isNumber(column) ? new string('-', width - 1) + ":" : new string('-', width))];
        foreach (string[] line in lines.Skip(1).Prepend(rule).Prepend(lines[0]))
        {
            output.WriteLine($"| {string.Join(" | ", line.Select((cell, column) => isNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column])))} |");
        }
    }

    /// <summary>Four digits that count, or all before the point.</summary>
    public static string Figure(double? value) => value switch
    {
        null => "",
        0 => "0",
        { } number => number.ToString("N" + Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(number))), 0, 4), CultureInfo.InvariantCulture),
    };
}
