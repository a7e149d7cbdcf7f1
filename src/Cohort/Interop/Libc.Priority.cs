using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    public const int PRIO_PROCESS = 0;

    /// <summary>On Linux the id is that of a thread.</summary>
    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int id, int nice);
}
