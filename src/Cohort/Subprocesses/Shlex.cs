using System.Buffers;
using System.Text;

namespace Cohort.Subprocesses;

/// <summary>Words as a POSIX shell reads and writes them: what Python's <c>shlex</c> has as functions.</summary>
/// <remarks>
/// Only quotes, backslashes and blanks are understood; nothing is expanded, and operators such as <c>|</c> and <c>;</c> are
/// parts of words like any other character.
/// </remarks>
public static class Shlex
{
    /// <summary>Every other character makes a word need quotes.</summary>
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-");

    /// <summary>Splits a line into words. Quotes group and are dropped; a backslash takes the next character as it is.</summary>
    /// <param name="text">The line, or several: an end of line outside of quotes is a blank.</param>
    /// <param name="comments">Whether <c>#</c> outside of quotes, in a word too, drops the rest of its line.</param>
    /// <exception cref="FormatException">A quote is not closed, or a backslash comes last.</exception>
    public static IReadOnlyList<string> Split(string text, bool comments = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ShlexScanner scanner = new(text, comments);
        List<string> words = [];
        while (scanner.TryTake(out string? word))
        {
            words.Add(word);
        }

        return words;
    }

    /// <summary>One line of the words, each in quotes if it needs them: what <see cref="Split"/> takes apart again.</summary>
    /// <param name="words">The words.</param>
    public static string Join(params IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        StringBuilder line = new();
        foreach (string word in words)
        {
            ArgumentNullException.ThrowIfNull(word, nameof(words));
            line.Append(line.Length > 0 ? " " : "").Append(Quote(word));
        }

        return line.ToString();
    }

    /// <summary>A word such that a shell reads it as this word and nothing else; unchanged when it does so anyway.</summary>
    /// <param name="word">The word.</param>
    public static string Quote(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (word.Length == 0)
        {
            return "''";
        }

        return word.AsSpan().ContainsAnyExcept(s_plain) ? $"'{word.Replace("'", "'\"'\"'", StringComparison.Ordinal)}'" : word;
    }
}
