using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    [LibraryImport(Library, EntryPoint = "getpid")]
    public static partial int GetPid();

    [LibraryImport(Library, EntryPoint = "getppid")]
    public static partial int GetPPid();

    [LibraryImport(Library, EntryPoint = "getpgid", SetLastError = true)]
    public static partial int GetPGid(int pid);

    [LibraryImport(Library, EntryPoint = "setpgid", SetLastError = true)]
    public static partial int SetPGid(int pid, int group);

    [LibraryImport(Library, EntryPoint = "getsid", SetLastError = true)]
    public static partial int GetSid(int pid);

    [LibraryImport(Library, EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSid();
}
