using System.Text.RegularExpressions;

namespace Cohort.Subprocesses;

/// <summary>What an <see cref="Expect"/> waited for has come.</summary>
public sealed record ExpectMatch
{
    internal ExpectMatch(int index, ExpectPattern pattern, string before, string after)
    {
        Index = index;
        Pattern = pattern;
        Before = before;
        After = after;
    }

    /// <summary>The place of the pattern among those that were waited for.</summary>
    public int Index { get; }

    /// <summary>The pattern.</summary>
    public ExpectPattern Pattern { get; }

    /// <summary>What came before it and was not taken by an earlier wait. At the end and at a timeout, all that came.</summary>
    public string Before { get; }

    /// <summary>What matched itself, as pexpect calls it; empty at the end and at a timeout.</summary>
    public string After { get; }

    /// <summary>The match of a <see cref="Regex"/>, for its groups; null for other patterns. Its index counts from where the search began.</summary>
    public Match? Match { get; init; }

    /// <summary>Whether <see cref="ExpectOptions.BufferLimit"/> has cost <see cref="Before"/> its head.</summary>
    public bool IsBeforeTruncated { get; init; }

    /// <summary>Whether this is <see cref="Expect.EndOfOutput"/>.</summary>
    public bool IsEnd => Pattern == ExpectPattern.End;

    /// <summary>Whether this is <see cref="Expect.TimedOut"/>.</summary>
    public bool IsTimeout => Pattern == ExpectPattern.Time;
}
