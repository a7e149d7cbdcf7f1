using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Children that this process did not start: those whose parents died, and that the kernel gave to it.</summary>
internal static unsafe class Orphans
{
    /// <summary>This process's children that are dead, not reaped, and not started by this library.</summary>
    public static IReadOnlyList<ProcessIdentity> FindDead() => OwnChildren.Without(
        [.. ProcessTree.ChildrenOf(Environment.ProcessId).Where(static child => child.IsZombie).Select(static child => child.Identity)]);

    /// <summary>Whether any child is dead and not reaped, by one system call.</summary>
    public static bool HasDeadChildren()
    {
        SigInfo info = default;
        return Libc.WaitId(Libc.P_ALL, 0, &info, Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT, null) == 0 && info.si_pid != 0;
    }

    /// <returns>False when somebody else was faster.</returns>
    public static bool TryReap(ProcessIdentity dead)
    {
        // The descriptor first: what it names cannot change between the comparison and the reaping.
        using SafeFileHandle pidfd = Libc.PidfdOpen(dead.ProcessId);
        if (pidfd.IsInvalid || ProcessStat.Of(dead.ProcessId) is not { IsZombie: true } stat || stat.Identity != dead)
        {
            return false;
        }

        SigInfo info = default;
        return Libc.WaitId(Libc.P_PIDFD, (int)pidfd.DangerousGetHandle(), &info, Libc.WEXITED | Libc.WNOHANG, null) == 0 && info.si_pid != 0;
    }
}
