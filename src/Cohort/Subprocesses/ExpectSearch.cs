using System.Diagnostics;
using System.Text.RegularExpressions;
using Cohort.Utils;

namespace Cohort.Subprocesses;

/// <summary>One wait's search: the match that begins first, and of two that begin at one place the one that is named first.</summary>
/// <remarks>
/// Overview. Output comes in small parts, 4 KB each from a terminal, and each part asks for another look. To look at all of
/// 10 MB for each of 2,500 parts would take minutes. A text needs to be looked for only in what is new, plus as much before
/// that as the text is long. A regular expression may begin to match anywhere, so it has to see all (or a window that the
/// user sets); to look again only after as much time as the last look took, or when nothing more comes, bounds the cost to as
/// much again as the rest. Looks at small buffers are not put off.
/// </remarks>
internal sealed class ExpectSearch(IReadOnlyList<ExpectPattern> patterns, int? window)
{
    private const int SmallBuffer = 64 * 1024;

    private readonly bool _hasRegex = patterns.Any(static pattern => pattern.Regex is not null);
    private long _textSeen;
    private long _regexSeen = -1;
    private TimeSpan _lookTime;
    private long _lookStamp;
    private TimeSpan? _putOff;

    /// <summary>Whether nothing more has come in that time, so that the next look is not put off.</summary>
    public bool IsHurried { get; set; }

    /// <summary>How long to wait for more until the next look, which comes even if nothing does when one was put off.</summary>
    public Deadline NextLook(Deadline deadline) =>
        _putOff is TimeSpan pause && (deadline.IsInfinite || deadline.Remaining > pause) ? Deadline.In(pause) : deadline;

    /// <param name="buffer">What there is.</param>
    /// <param name="force">Whether to look with all patterns now.</param>
    public Found? Find(ExpectBuffer buffer, bool force)
    {
        _putOff = null;
        Found? found = FindText(buffer);
        if (!_hasRegex || (_regexSeen == buffer.End && found is null))
        {
            return found;
        }

        TimeSpan sinceLook = Stopwatch.GetElapsedTime(_lookStamp);
        if (found is null && !force && !IsHurried && buffer.End - buffer.Start > SmallBuffer && sinceLook < _lookTime)
        {
            _putOff = _lookTime - sinceLook;
            return null;
        }

        long start = Stopwatch.GetTimestamp();
        found = FindRegex(buffer, found);
        _lookStamp = Stopwatch.GetTimestamp();
        _lookTime = Stopwatch.GetElapsedTime(start, _lookStamp);
        IsHurried = false;
        return found;
    }

    private Found? FindText(ExpectBuffer buffer)
    {
        Found? best = null;
        for (int i = 0; i < patterns.Count; i++)
        {
            if (patterns[i].Text is string text)
            {
                long from = Math.Max(buffer.Start, _textSeen - text.Length + 1);
                int index = buffer.From(from).IndexOf(text, StringComparison.Ordinal);
                if (index >= 0 && (best is null || from + index < best.Value.Place))
                {
                    best = new Found(i, from + index, text.Length, null);
                }
            }
        }

        _textSeen = buffer.End;
        return best;
    }

    private Found? FindRegex(ExpectBuffer buffer, Found? best)
    {
        // The first look sees all; the next ones the window before what is new.
        long from = _regexSeen < 0 || window is null ? buffer.Start : Math.Max(buffer.Start, _regexSeen - window.Value);
        ReadOnlySpan<char> text = buffer.From(from);
        for (int i = 0; i < patterns.Count; i++)
        {
            if (patterns[i].Regex is not { } regex)
            {
                continue;
            }

            foreach (ValueMatch match in regex.EnumerateMatches(text))
            {
                long place = from + match.Index;
                if (best is null || place < best.Value.Place || (place == best.Value.Place && i < best.Value.Index))
                {
                    best = new Found(i, place, match.Length, null);
                }

                break;
            }
        }

        _regexSeen = buffer.End;
        return best is { } found && patterns[found.Index].Regex is { } winner
            ? found with { Match = winner.Match(text.ToString()) }
            : best;
    }

    /// <param name="Index">Which pattern.</param>
    /// <param name="Place">Where it begins.</param>
    /// <param name="Length">How long it is.</param>
    /// <param name="Match">That of a regular expression.</param>
    internal readonly record struct Found(int Index, long Place, int Length, Match? Match);
}
