using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const ulong RLIM_INFINITY = ulong.MaxValue;

    [LibraryImport(Library, EntryPoint = "prlimit", SetLastError = true)]
    public static partial int PrLimit(int pid, int resource, RLimit* newLimit, RLimit* oldLimit);
}
