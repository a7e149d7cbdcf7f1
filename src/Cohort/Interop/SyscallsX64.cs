namespace Cohort.Interop;

/// <summary>System call numbers of x86-64 (asm/unistd_64.h).</summary>
internal static class SyscallsX64
{
    public const int SYS_clone = 56;
    public const int SYS_fork = 57;
    public const int SYS_vfork = 58;
    public const int SYS_setgroups = 116;
    public const int SYS_setresuid = 117;
    public const int SYS_setresgid = 119;
    public const int SYS_futex = 202;
    public const int SYS_waitid = 247;
    public const int SYS_seccomp = 317;
    public const int SYS_memfd_create = 319;
    public const int SYS_statx = 332;
    public const int SYS_pidfd_send_signal = 424;
    public const int SYS_pidfd_open = 434;
    public const int SYS_clone3 = 435;
    public const int SYS_close_range = 436;
    public const int SYS_futex_waitv = 449;
}
