using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const int P_ALL = 0;
    public const int P_PID = 1;
    public const int P_PIDFD = 3;
    public const int WNOHANG = 0x00000001;
    public const int WEXITED = 0x00000004;
    public const int WNOWAIT = 0x01000000;

    /// <summary>The system call itself: unlike the C library's function it also gives resource usage.</summary>
    public static int WaitId(int idType, int id, SigInfo* info, int options, RUsage* usage) =>
        (int)SyscallWaitId(Syscalls.SYS_waitid, idType, id, info, options, usage);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallWaitId(
        nint number, nint idType, nint id, SigInfo* info, nint options, RUsage* usage);
}
