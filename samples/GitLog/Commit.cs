using System.Globalization;

namespace Cohort.Samples.GitLog;

/// <summary>One commit, and how many lines it added and removed.</summary>
internal sealed record Commit(string Id, DateTimeOffset Date, string Author, string Subject)
{
    /// <summary>What <c>git log</c> is asked for: a line that begins with a record separator, its fields between unit separators.</summary>
    public const string Format = "%x1e%h%x1f%aI%x1f%an%x1f%s";

    private const char RecordSeparator = '\u001e';
    private const char UnitSeparator = '\u001f';

    public int Added { get; private set; }

    public int Removed { get; private set; }

    /// <summary>Null when the line begins no commit.</summary>
    public static Commit? Begin(string line)
    {
        if (!line.StartsWith(RecordSeparator))
        {
            return null;
        }

        string[] fields = line[1..].Split(UnitSeparator, 4);
        return fields.Length == 4
            ? new Commit(fields[0], DateTimeOffset.Parse(fields[1], CultureInfo.InvariantCulture), fields[2], fields[3])
            : throw new FormatException($"git wrote a commit that is none: {line}");
    }

    /// <summary>Takes a line of <c>--numstat</c>: added, removed, file. A binary file has "-" for both.</summary>
    public void AddFile(string line)
    {
        string[] fields = line.Split('\t', 3);
        if (fields.Length == 3)
        {
            Added += int.TryParse(fields[0], CultureInfo.InvariantCulture, out int added) ? added : 0;
            Removed += int.TryParse(fields[1], CultureInfo.InvariantCulture, out int removed) ? removed : 0;
        }
    }
}
