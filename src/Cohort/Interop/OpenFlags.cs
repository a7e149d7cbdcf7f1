using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>Flags of open whose numbers differ between CPUs; those that do not are in <see cref="Libc"/>.</summary>
internal static class OpenFlags
{
    /// <summary>Fails with ELOOP when the path is a symbolic link.</summary>
    public static int O_NOFOLLOW => IsArm64 ? 0x8000 : 0x20000;

    /// <summary>A file without a name in the directory that the path names (Linux 3.11).</summary>
    public static int O_TMPFILE => IsArm64 ? 0x404000 : 0x410000;

    // A constant to the JIT, so that each property folds to one number.
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}
