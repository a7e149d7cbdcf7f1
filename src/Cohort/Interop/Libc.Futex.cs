using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const int FUTEX_WAIT = 0;
    public const int FUTEX_WAKE = 1;
    public const uint FUTEX_32 = 2;
    public const int FUTEX_WAITV_MAX = 128;

    /// <summary>Sleeps while <c>*address == expected</c>; the address may lie in memory shared between processes.</summary>
    public static int FutexWait(int* address, int expected, Timespec* relativeTimeout) =>
        (int)SyscallFutex(Syscalls.SYS_futex, address, FUTEX_WAIT, expected, relativeTimeout, null, 0);

    public static int FutexWake(int* address, int count) =>
        (int)SyscallFutex(Syscalls.SYS_futex, address, FUTEX_WAKE, count, null, null, 0);

    /// <summary>Linux 5.16. The timeout is a point in time of <paramref name="clock"/>.</summary>
    public static int FutexWaitAny(FutexWaitV* waiters, int count, Timespec* absoluteTimeout, int clock) =>
        (int)SyscallFutexWaitV(Syscalls.SYS_futex_waitv, waiters, count, 0, absoluteTimeout, clock);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallFutex(
        nint number, int* address, nint operation, nint value, Timespec* timeout, int* address2, nint value3);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallFutexWaitV(
        nint number, FutexWaitV* waiters, nint count, nint flags, Timespec* timeout, nint clock);
}
