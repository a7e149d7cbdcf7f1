using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint GetEUid();
}
