using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    /// <summary>The root, the current directory and the file mode mask.</summary>
    public const int CLONE_FS = 0x200;

    /// <summary>Makes what the flags name the calling thread's own.</summary>
    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    /// <summary>Returns the mask that was; cannot fail.</summary>
    [LibraryImport(Library, EntryPoint = "umask")]
    public static partial uint UMask(uint mask);
}
