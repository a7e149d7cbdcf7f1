using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Interop;

internal static partial class Libc
{
    /// <summary>Linux 5.3. Close-on-exec by itself; the handle is invalid when the call failed.</summary>
    public static SafeFileHandle PidfdOpen(int pid) =>
        new(SyscallPidfdOpen(Syscalls.SYS_pidfd_open, pid, 0), ownsHandle: true);

    /// <summary>Linux 5.1.</summary>
    public static int PidfdSendSignal(SafeHandle pidfd, int signal) =>
        (int)SyscallPidfdSendSignal(Syscalls.SYS_pidfd_send_signal, pidfd, signal, 0, 0);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallPidfdOpen(nint number, nint pid, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallPidfdSendSignal(nint number, SafeHandle pidfd, nint signal, nint info, nint flags);
}
