using System.Text;

namespace Cohort.Subprocesses;

/// <summary>Commands as they stand in messages.</summary>
internal static class CommandText
{
    private const int LongestCommand = 200;
    private const int LongestTail = 2000;

    /// <summary>Words in quotes where a shell would need them, cut to a length that can be read.</summary>
    public static string Describe(IReadOnlyList<string> command, int longest = LongestCommand)
    {
        StringBuilder text = new();
        foreach (string word in command)
        {
            if (text.Length > 0)
            {
                text.Append(' ');
            }

            text.Append(Shlex.Quote(word));
            if (text.Length > longest)
            {
                text.Length = longest - 1;
                return text.Append('…').ToString();
            }
        }

        return text.ToString();
    }

    /// <summary>The last of what was written, whole lines if possible.</summary>
    public static string TailOf(string text)
    {
        string trimmed = text.TrimEnd();
        if (trimmed.Length <= LongestTail)
        {
            return trimmed;
        }

        string tail = trimmed[^LongestTail..];
        int line = tail.IndexOf('\n', StringComparison.Ordinal);
        return "… " + (line >= 0 && line < tail.Length - 1 ? tail[(line + 1)..] : tail);
    }
}
