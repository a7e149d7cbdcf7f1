using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const int SECCOMP_SET_MODE_FILTER = 1;

    /// <summary>For all threads of the process, not only the calling one.</summary>
    public const int SECCOMP_FILTER_FLAG_TSYNC = 1;

    public const uint SECCOMP_RET_ALLOW = 0x7FFF0000;
    public const uint SECCOMP_RET_ERRNO = 0x00050000;

    public const ushort BPF_LD_W_ABS = 0x20;
    public const ushort BPF_JEQ_K = 0x15;
    public const ushort BPF_JSET_K = 0x45;
    public const ushort BPF_RET_K = 0x06;

    public const uint CLONE_THREAD = 0x00010000;

    /// <summary>Linux 3.17.</summary>
    public static int SeccompSetFilter(SockFProg* program) =>
        (int)SyscallSeccomp(Syscalls.SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallSeccomp(nint number, nint operation, nint flags, SockFProg* program);
}
