using System.Diagnostics;

namespace Cohort.Pools;

/// <summary>Unexpected deaths of workers, held against a <see cref="RestartLimit"/>.</summary>
/// <param name="limit">The limit; null never is exceeded.</param>
internal sealed class DeathLog(RestartLimit? limit)
{
    /// <summary>How many of the deaths a message tells.</summary>
    private const int Told = 5;

    private readonly Queue<(long Time, string Death)> _recent = new();

    /// <summary>Takes a death into account.</summary>
    /// <param name="now">When, in ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="death">Who, how, and at what.</param>
    /// <returns>Why the pool has to give up; null when it need not.</returns>
    public string? Note(long now, string death)
    {
        if (limit is null)
        {
            return null;
        }

        _recent.Enqueue((now, death));
        while (Stopwatch.GetElapsedTime(_recent.Peek().Time, now) > limit.Period)
        {
            _recent.Dequeue();
        }

        return _recent.Count <= limit.Intensity
            ? null
            : $"{_recent.Count} workers died within {Stopwatch.GetElapsedTime(_recent.Peek().Time, now).TotalSeconds:0.###} s, and the limit is " +
              $"{limit.Intensity} within {limit.Period.TotalSeconds:0.###} s; the last: {Last()}";
    }

    private string Last() => string.Join("; ", _recent.Select(static entry => entry.Death).TakeLast(Told).Reverse());
}
