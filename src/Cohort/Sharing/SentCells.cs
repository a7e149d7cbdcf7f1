using System.Diagnostics;

namespace Cohort.Sharing;

/// <summary>
/// Keeps cells that were sent from being collected before their receiver can have opened them: a function may well return
/// a shared object that nothing else in its process refers to.
/// </summary>
internal static class SentCells
{
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(60);

    private static readonly Lock s_gate = new();

    /// <summary>When each was sent last.</summary>
    private static readonly Dictionary<SharedCell, long> s_sent = new(ReferenceEqualityComparer.Instance);
    private static readonly Timer s_timer = new(static _ => Forget());
    private static bool s_isTimerSet;

    /// <summary>Keeps it for a minute. Dispose ends it at once for everybody who has not opened it.</summary>
    public static void Keep(SharedCell cell)
    {
        lock (s_gate)
        {
            s_sent[cell] = Stopwatch.GetTimestamp();
            SetTimer();
        }
    }

    private static void Forget()
    {
        lock (s_gate)
        {
            s_isTimerSet = false;
            foreach ((SharedCell cell, long since) in s_sent)
            {
                if (cell.IsDisposed || Stopwatch.GetElapsedTime(since) >= s_kept)
                {
                    s_sent.Remove(cell);
                }
            }

            if (s_sent.Count > 0)
            {
                SetTimer();
            }
        }
    }

    private static void SetTimer()
    {
        if (!s_isTimerSet)
        {
            s_isTimerSet = true;
            s_timer.Change(s_kept, Timeout.InfiniteTimeSpan);
        }
    }
}
