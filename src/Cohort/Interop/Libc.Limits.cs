using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const int PRIO_PROCESS = 0;

    /// <summary>Two numbers, the soft limit and the hard one; <see cref="ulong.MaxValue"/> for none.</summary>
    [LibraryImport(Library, EntryPoint = "prlimit", SetLastError = true)]
    public static partial int PrLimit(int pid, int resource, ulong* newLimits, ulong* oldLimits);

    /// <summary>For PRIO_PROCESS and 0, Linux means the calling thread alone.</summary>
    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int priority);
}
