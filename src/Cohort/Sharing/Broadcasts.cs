using System.Diagnostics;

namespace Cohort.Sharing;

// Overview
//
// The entries of this process are found by their place, through weak references: what keeps an entry is
//
//   - of a value that was created here, the user's handle, and for a minute after each time that it was sent the table
//     below: a task may be on its way whose caller has kept nothing;
//   - of a value from elsewhere, the table below, until its creator disposes it or ends, so that a worker decodes it once
//     and not for every task. A timer looks for that once a second while there is something to look for.

/// <summary>The broadcast values that this process knows.</summary>
internal static class Broadcasts
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_keptAfterSending = TimeSpan.FromSeconds(60);
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<CellPlace, WeakReference<BroadcastEntry>> s_known = [];
    private static readonly HashSet<BroadcastEntry> s_kept = [];
    private static readonly Timer s_timer = new(static _ => Look());
    private static bool s_isTimerSet;

    /// <summary>How many values this process keeps for handles that may come.</summary>
    internal static int KeptCount
    {
        get
        {
            lock (s_gate)
            {
                return s_kept.Count;
            }
        }
    }

    /// <summary>Makes a value that was created here known.</summary>
    public static void Add(BroadcastEntry entry)
    {
        lock (s_gate)
        {
            s_known[entry.Place] = new WeakReference<BroadcastEntry>(entry);
        }
    }

    /// <summary>The entry of a value that has just come in.</summary>
    /// <param name="cell">Owned: by a new entry, or given back.</param>
    /// <exception cref="InvalidDataException">It is no such value.</exception>
    public static BroadcastEntry<T> Find<T>(SharedCell cell)
    {
        lock (s_gate)
        {
            if (s_known.TryGetValue(cell.Location, out WeakReference<BroadcastEntry>? known)
                && known.TryGetTarget(out BroadcastEntry? entry) && !entry.IsOver)
            {
                cell.Dispose();
                return entry as BroadcastEntry<T> ?? throw new InvalidDataException($"The broadcast value is no {typeof(T)}.");
            }

            BroadcastWords.Check(cell);
            BroadcastEntry<T> added = new(cell);
            s_known[added.Place] = new WeakReference<BroadcastEntry>(added);
            Keep(added);
            return added;
        }
    }

    /// <summary>A handle of a value that was created here goes out.</summary>
    public static void NoteSent(BroadcastEntry entry)
    {
        lock (s_gate)
        {
            entry.LastSent = Stopwatch.GetTimestamp();
            Keep(entry);
        }
    }

    /// <summary>Ends a value in this process.</summary>
    public static void End(BroadcastEntry entry)
    {
        lock (s_gate)
        {
            s_kept.Remove(entry);
            s_known.Remove(entry.Place);
        }

        // Without the lock: the end of handles in it may call back.
        entry.End();
        GC.SuppressFinalize(entry);
    }

    private static void Keep(BroadcastEntry entry)
    {
        if (s_kept.Add(entry))
        {
            SetTimer();
        }
    }

    private static void Look()
    {
        BroadcastEntry[] ended;
        lock (s_gate)
        {
            s_isTimerSet = false;
            ended = [.. s_kept.Where(static entry => entry.HasLostCreator)];
            s_kept.RemoveWhere(static entry =>
                entry.IsCreator && (entry.IsOver || Stopwatch.GetElapsedTime(entry.LastSent) > s_keptAfterSending));
            ForgetCollected();
            if (s_kept.Count > ended.Length)
            {
                SetTimer();
            }
        }

        Array.ForEach(ended, End);
    }

    private static void ForgetCollected()
    {
        foreach ((CellPlace place, WeakReference<BroadcastEntry> known) in s_known)
        {
            if (!known.TryGetTarget(out _))
            {
                s_known.Remove(place);
            }
        }
    }

    private static void SetTimer()
    {
        if (!s_isTimerSet)
        {
            s_isTimerSet = true;
            s_timer.Change(s_period, Timeout.InfiniteTimeSpan);
        }
    }
}
