using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint STATX_BASIC_STATS = 0x7ff;
    public const int S_IFMT = 0xF000;
    public const int S_IFREG = 0x8000;

    /// <summary>What fstat tells, in a layout that no CPU or C library changes.</summary>
    public static int FStatX(SafeHandle fd, StatX* result)
    {
        byte empty = 0;
        return (int)SyscallStatX(Syscalls.SYS_statx, fd, &empty, AT_EMPTY_PATH, STATX_BASIC_STATS, result);
    }

    /// <summary>What lstat tells, in the same layout.</summary>
    public static int LStatX(string path, StatX* result) => (int)SyscallStatXOfPath(
        Syscalls.SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, result);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallStatX(
        nint number, SafeHandle directory, byte* path, nint flags, nuint mask, StatX* result);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SyscallStatXOfPath(
        nint number, nint directory, string path, nint flags, nuint mask, StatX* result);
}
