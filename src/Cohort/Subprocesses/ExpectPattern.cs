using System.Text.RegularExpressions;

namespace Cohort.Subprocesses;

/// <summary>
/// What an <see cref="Expect"/> waits for: a text as it is, a <see cref="Regex"/>, <see cref="Expect.EndOfOutput"/> or
/// <see cref="Expect.TimedOut"/>. Strings and regular expressions convert by themselves.
/// </summary>
public sealed class ExpectPattern
{
    internal static readonly ExpectPattern End = new(null, null);
    internal static readonly ExpectPattern Time = new(null, null);

    private ExpectPattern(string? text, Regex? regex)
    {
        Text = text;
        Regex = regex;
    }

    /// <summary>The text; null for the others.</summary>
    public string? Text { get; }

    /// <summary>The regular expression; null for the others.</summary>
    public Regex? Regex { get; }

    /// <summary>A text, compared character by character.</summary>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static implicit operator ExpectPattern(string text) => FromString(text);

    /// <summary>A regular expression. The start of what it sees is what no earlier wait has taken.</summary>
    public static implicit operator ExpectPattern(Regex regex) => FromRegex(regex);

    /// <inheritdoc cref="op_Implicit(string)"/>
    public static ExpectPattern FromString(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new ExpectPattern(text, null);
    }

    /// <inheritdoc cref="op_Implicit(Regex)"/>
    public static ExpectPattern FromRegex(Regex regex)
    {
        ArgumentNullException.ThrowIfNull(regex);
        return new ExpectPattern(null, regex);
    }

    /// <summary>As messages show it.</summary>
    public override string ToString() =>
        Text is not null ? $"\"{Text}\"" : Regex is not null ? $"/{Regex}/" : this == End ? "the end of the output" : "the timeout";
}
