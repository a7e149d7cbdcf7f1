using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>System call numbers of the CPU that this process runs on.</summary>
internal static class Syscalls
{
    public static int SYS_futex => IsArm64 ? SyscallsArm64.SYS_futex : SyscallsX64.SYS_futex;

    public static int SYS_waitid => IsArm64 ? SyscallsArm64.SYS_waitid : SyscallsX64.SYS_waitid;

    public static int SYS_memfd_create => IsArm64 ? SyscallsArm64.SYS_memfd_create : SyscallsX64.SYS_memfd_create;

    public static int SYS_statx => IsArm64 ? SyscallsArm64.SYS_statx : SyscallsX64.SYS_statx;

    public static int SYS_pidfd_send_signal =>
        IsArm64 ? SyscallsArm64.SYS_pidfd_send_signal : SyscallsX64.SYS_pidfd_send_signal;

    public static int SYS_pidfd_open => IsArm64 ? SyscallsArm64.SYS_pidfd_open : SyscallsX64.SYS_pidfd_open;

    public static int SYS_close_range => IsArm64 ? SyscallsArm64.SYS_close_range : SyscallsX64.SYS_close_range;

    public static int SYS_futex_waitv => IsArm64 ? SyscallsArm64.SYS_futex_waitv : SyscallsX64.SYS_futex_waitv;

    public static int SYS_clone => IsArm64 ? SyscallsArm64.SYS_clone : SyscallsX64.SYS_clone;

    public static int SYS_clone3 => IsArm64 ? SyscallsArm64.SYS_clone3 : SyscallsX64.SYS_clone3;

    public static int SYS_fork => IsArm64 ? SyscallsArm64.SYS_fork : SyscallsX64.SYS_fork;

    public static int SYS_vfork => IsArm64 ? SyscallsArm64.SYS_vfork : SyscallsX64.SYS_vfork;

    public static int SYS_setgroups => IsArm64 ? SyscallsArm64.SYS_setgroups : SyscallsX64.SYS_setgroups;

    public static int SYS_setresuid => IsArm64 ? SyscallsArm64.SYS_setresuid : SyscallsX64.SYS_setresuid;

    public static int SYS_setresgid => IsArm64 ? SyscallsArm64.SYS_setresgid : SyscallsX64.SYS_setresgid;

    public static int SYS_seccomp => IsArm64 ? SyscallsArm64.SYS_seccomp : SyscallsX64.SYS_seccomp;

    // A constant to the JIT, so that each property folds to one number.
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}
