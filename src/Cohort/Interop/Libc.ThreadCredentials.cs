using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <remarks>The system calls themselves, which change the calling thread alone; the C library's functions change all threads.</remarks>
internal static unsafe partial class Libc
{
    public static int SetThreadUser(uint user) => (int)SyscallSetIds(Syscalls.SYS_setresuid, (nint)user, (nint)user, (nint)user);

    public static int SetThreadGroup(uint group) => (int)SyscallSetIds(Syscalls.SYS_setresgid, (nint)group, (nint)group, (nint)group);

    public static int SetThreadGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* first = groups)
        {
            return (int)SyscallSetGroups(Syscalls.SYS_setgroups, groups.Length, first);
        }
    }

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallSetIds(nint number, nint real, nint effective, nint saved);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallSetGroups(nint number, nint count, uint* groups);
}
