using System.Globalization;

namespace Cohort.Samples.GitLog;

internal static class Program
{
    private const int Failed = 1;
    private const int Usage = 2;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments.Length is 0 or > 2 || !int.TryParse(arguments.ElementAtOrDefault(1) ?? "10", CultureInfo.InvariantCulture, out int most) || most < 1)
        {
            await Console.Error.WriteLineAsync("usage: GitLog FOLDER [how many commits, at least 1]");
            return Usage;
        }

        try
        {
            await PrintAsync(arguments[0], most);
            return 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    private static async Task PrintAsync(string folder, int most)
    {
        Dictionary<string, (int Commits, int Lines)> authors = [];
        int count = 0;
        await foreach (Commit commit in History.ReadAsync(folder))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{commit.Id} {commit.Date:yyyy-MM-dd} +{commit.Added} -{commit.Removed} {commit.Subject}"));
            (int commits, int lines) = authors.GetValueOrDefault(commit.Author);
            authors[commit.Author] = (commits + 1, lines + commit.Added + commit.Removed);
            if (++count == most)
            {
                // The rest of a long history is not even written.
                break;
            }
        }

        foreach ((string author, (int commits, int lines)) in authors.OrderByDescending(static author => author.Value.Lines).ThenBy(static author => author.Key, StringComparer.Ordinal))
        {
            Console.WriteLine($"{author}: {commits} commits, {lines} lines");
        }
    }
}
