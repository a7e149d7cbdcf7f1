using System.Globalization;

namespace Cohort.Platform;

/// <summary>Who descends from whom, by /proc.</summary>
internal static class ProcessTree
{
    /// <summary>Rounds of looking for new descendants before the kill; each round stops all that the one before found.</summary>
    private const int MaxRounds = 100;

    /// <summary>
    /// The processes below <paramref name="processId"/>, parents before children, zombies included. One whose parent died
    /// is no longer below it, unless the ancestor is a subreaper.
    /// </summary>
    public static IReadOnlyList<ProcessStat> DescendantsOf(int processId)
    {
        ILookup<int, ProcessStat> byParent = All().ToLookup(static process => process.ParentId);
        List<ProcessStat> found = [.. byParent[processId]];
        HashSet<int> seen = [processId];
        for (int i = 0; i < found.Count; i++)
        {
            // Ids that come again during the scan can make a circle of what is none.
            if (seen.Add(found[i].Identity.ProcessId))
            {
                found.AddRange(byParent[found[i].Identity.ProcessId]);
            }
        }

        return found;
    }

    /// <summary>The direct children, zombies included.</summary>
    public static IReadOnlyList<ProcessStat> ChildrenOf(int processId) =>
        [.. All().Where(process => process.ParentId == processId)];

    /// <summary>The processes of a group, zombies included.</summary>
    public static IReadOnlyList<ProcessStat> MembersOf(int groupId) =>
        [.. All().Where(process => process.GroupId == groupId)];

    /// <summary>Kills a process and all its descendants, and no stranger whose id came to be the same.</summary>
    /// <returns>How many processes got SIGKILL.</returns>
    /// <exception cref="IOException">One of them may not be signalled; those before it are dead.</exception>
    public static int Kill(ProcessIdentity root)
    {
        // Whoever is killed hands its children to init, out of our sight. So all are stopped first, and looked for again
        // until a round finds nobody who was born meanwhile.
        List<ProcessIdentity> victims = [];
        List<ProcessIdentity> found = [root];
        for (int round = 0; found.Count > 0 && round < MaxRounds; round++)
        {
            foreach (ProcessIdentity process in found)
            {
                if (process.TrySignal(Signal.SIGSTOP))
                {
                    victims.Add(process);
                }
            }

            found = root.IsAlive
                ? [.. DescendantsOf(root.ProcessId)
                    .Where(process => !process.IsZombie && !victims.Contains(process.Identity))
                    .Select(static process => process.Identity)]
                : [];
        }

        // Children before parents: the end of a parent can orphan a stopped process group, which the kernel then lets run
        // on with SIGHUP and SIGCONT.
        victims.Reverse();
        return victims.Count(static process => process.TrySignal(Signal.SIGKILL));
    }

    /// <summary>As <see cref="Kill"/>, but spares the root, which is this process or one that cannot start others meanwhile.</summary>
    public static void KillDescendants(int processId)
    {
        List<ProcessIdentity> victims = [];
        HashSet<ProcessIdentity> seen = [];
        int before = -1;
        for (int round = 0; seen.Count > before && round < MaxRounds; round++)
        {
            before = seen.Count;
            foreach (ProcessStat process in DescendantsOf(processId))
            {
                if (!process.IsZombie && seen.Add(process.Identity) && TrySignalOwn(process.Identity, Signal.SIGSTOP))
                {
                    victims.Add(process.Identity);
                }
            }
        }

        victims.Reverse();
        victims.ForEach(static process => TrySignalOwn(process, Signal.SIGKILL));
    }

    /// <summary>False also when the process belongs to somebody else by now, as after sudo.</summary>
    private static bool TrySignalOwn(ProcessIdentity process, int signal)
    {
        try
        {
            return process.TrySignal(signal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static IEnumerable<ProcessStat> All()
    {
        foreach (string path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture, out int processId)
                && ProcessStat.Of(processId) is { } stat)
            {
                yield return stat;
            }
        }
    }
}
