using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    /// <summary>A negative <paramref name="pid"/> names a process group. Prefer a pidfd where there is one.</summary>
    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);
}
