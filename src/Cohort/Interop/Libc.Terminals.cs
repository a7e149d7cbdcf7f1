using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const uint TIOCGWINSZ = 0x5413;
    public const uint TIOCSWINSZ = 0x5414;
    public const int TCSANOW = 0;

    [LibraryImport(Library, EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int PosixOpenPt(int flags);

    [LibraryImport(Library, EntryPoint = "grantpt", SetLastError = true)]
    public static partial int GrantPt(SafeHandle master);

    [LibraryImport(Library, EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int UnlockPt(SafeHandle master);

    /// <summary>Returns the error number itself.</summary>
    [LibraryImport(Library, EntryPoint = "ptsname_r")]
    public static partial int PtsName(SafeHandle master, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int TcGetAttr(SafeHandle terminal, Termios* attributes);

    [LibraryImport(Library, EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int TcSetAttr(SafeHandle terminal, int when, Termios* attributes);

    [LibraryImport(Library, EntryPoint = "tcgetpgrp", SetLastError = true)]
    public static partial int TcGetPGrp(SafeHandle terminal);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoCtl(SafeHandle terminal, nuint request, WinSize* size);
}
