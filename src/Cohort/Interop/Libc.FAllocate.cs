using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    /// <summary>Gives the file its size and the storage for it. Returns the error number itself, and 0 for success.</summary>
    [LibraryImport(Library, EntryPoint = "posix_fallocate")]
    public static partial int PosixFAllocate(SafeHandle fd, long offset, long length);
}
