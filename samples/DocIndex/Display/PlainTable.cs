namespace Cohort.Samples.DocIndex.Display;

/// <summary>Aligned columns of text: the first to the left, or as asked, numbers to the right.</summary>
internal sealed class PlainTable(params string[] headers)
{
    private readonly List<string[]> _rows = [headers];
    private readonly HashSet<int> _left = [0];

    /// <summary>Aligns a column to the left.</summary>
    public PlainTable Left(int column)
    {
        _left.Add(column);
        return this;
    }

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output)
    {
        int[] widths = [.. headers.Select((_, column) => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
        {
            output.WriteLine("  " + string.Join("  ", row.Select(Pad)).TrimEnd());
        }

        string Pad(string cell, int column) => _left.Contains(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]);
    }
}
