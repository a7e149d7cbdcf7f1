using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    public const nint SIG_DFL = 0;

    /// <summary>Sets a signal's disposition for the whole process.</summary>
    [LibraryImport(Library, EntryPoint = "signal", SetLastError = true)]
    public static partial nint Signal(int signal, nint handler);
}
