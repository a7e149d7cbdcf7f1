namespace Cohort.Tests.Docs;

/// <summary>One row of docs/from-python.md: Python names, our members, the tests that show them, and how far it is.</summary>
internal sealed record PythonRow(
    int Line, IReadOnlyList<string> Names, IReadOnlyList<string> Members, IReadOnlyList<string> Tests, string Status, string Note)
{
    public const string Done = "done";
    public const string Planned = "planned";
    public const string NotNeeded = "not needed";
    public const string Impossible = "impossible";

    private static readonly string[] s_statuses = [Done, Planned, NotNeeded, Impossible];

    /// <summary>Reads the tables of a page. The section's heading is the module that the names of its rows belong to.</summary>
    public static IReadOnlyList<PythonRow> Read(string text)
    {
        List<PythonRow> rows = [];
        string module = "";
        int number = 0;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                module = line[3..].Trim();
            }
            else if (line.StartsWith('|') && !line.StartsWith("|-", StringComparison.Ordinal) && !line.StartsWith("| Python", StringComparison.Ordinal))
            {
                rows.Add(ReadRow(module, number, line));
            }
        }

        return rows;
    }

    private static PythonRow ReadRow(string module, int number, string line)
    {
        string[] cells = [.. line.Trim().Trim('|').Split('|').Select(static cell => cell.Trim())];
        if (cells.Length != 5)
        {
            throw new FormatException($"line {number}: a row has 5 cells, this one {cells.Length}");
        }

        if (!s_statuses.Contains(cells[3]))
        {
            throw new FormatException($"line {number}: '{cells[3]}' is none of {string.Join(", ", s_statuses)}");
        }

        return new PythonRow(number, [.. Code(cells[0]).Select(name => $"{module}.{name}")], Code(cells[1]), Code(cells[2]), cells[3], cells[4]);
    }

    /// <summary>What stands between backticks in a cell.</summary>
    private static List<string> Code(string cell) =>
        [.. cell.Split('`').Where(static (_, index) => index % 2 == 1).Select(static word => word.Trim())];
}
