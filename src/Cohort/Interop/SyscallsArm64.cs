namespace Cohort.Interop;

/// <summary>System call numbers of arm64 (asm-generic/unistd.h).</summary>
internal static class SyscallsArm64
{
    public const int SYS_setresuid = 147;
    public const int SYS_setresgid = 149;
    public const int SYS_setgroups = 159;
    public const int SYS_futex = 98;
    public const int SYS_clone = 220;
    public const int SYS_seccomp = 277;
    public const int SYS_clone3 = 435;

    /// <summary>Does not exist on this CPU, where clone does it.</summary>
    public const int SYS_fork = -1;

    /// <inheritdoc cref="SYS_fork"/>
    public const int SYS_vfork = -1;

    public const int SYS_waitid = 95;
    public const int SYS_memfd_create = 279;
    public const int SYS_statx = 291;
    public const int SYS_pidfd_send_signal = 424;
    public const int SYS_pidfd_open = 434;
    public const int SYS_close_range = 436;
    public const int SYS_futex_waitv = 449;
}
