using System.Text;
using System.Text.RegularExpressions;

namespace Cohort.Tests.Docs;

/// <summary>
/// Compares what a program printed with what its document shows. In the document, <c>…</c> stands for what differs
/// from run to run: any text within a line, or as a line of its own any number of lines.
/// </summary>
internal static class PrintedText
{
    public static bool Matches(string shown, string printed)
    {
        StringBuilder pattern = new(@"\A");
        foreach (string line in Lines(shown))
        {
            pattern.Append(line == "…"
                ? @"([^\n]*\n)*"
                : string.Join("[^\n]*", line.Split('…').Select(Regex.Escape)) + @"\n");
        }

        pattern.Append(@"\z");
        string text = string.Concat(Lines(printed).Select(static line => line + "\n"));
        return Regex.IsMatch(text, pattern.ToString(), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
    }

    private static IEnumerable<string> Lines(string text)
    {
        string trimmed = text.ReplaceLineEndings("\n").TrimEnd();
        return trimmed.Length == 0 ? [] : trimmed.Split('\n').Select(static line => line.TrimEnd());
    }
}
