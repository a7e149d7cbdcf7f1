namespace Cohort.Platform;

/// <summary>The children that <see cref="ProcessLauncher"/> started and that are not reaped yet.</summary>
/// <remarks>
/// Whoever reaps children that belong to nobody has to know which belong to somebody. A child has an id before its launch can
/// write that down; so launches are counted as well, and while one is on its way nothing is certain.
/// </remarks>
internal static class OwnChildren
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<int> s_processIds = [];
    private static int s_launches;

    public static void BeginLaunch() => Interlocked.Increment(ref s_launches);

    public static void EndLaunch() => Interlocked.Decrement(ref s_launches);

    public static void Add(int processId)
    {
        lock (s_gate)
        {
            s_processIds.Add(processId);
        }
    }

    /// <summary>Comes before the child is reaped: after that, the id can be another child's.</summary>
    public static void Remove(int processId)
    {
        lock (s_gate)
        {
            s_processIds.Remove(processId);
        }
    }

    /// <summary>Those of <paramref name="zombies"/>, seen before this call, that certainly are none of ours.</summary>
    public static IReadOnlyList<ProcessIdentity> Without(IEnumerable<ProcessIdentity> zombies)
    {
        if (Volatile.Read(ref s_launches) != 0)
        {
            return [];
        }

        lock (s_gate)
        {
            return [.. zombies.Where(static zombie => !s_processIds.Contains(zombie.ProcessId))];
        }
    }
}
