using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const uint MFD_CLOEXEC = 0x1;
    public const uint MFD_ALLOW_SEALING = 0x2;
    public const uint MFD_NOEXEC_SEAL = 0x8;

    /// <summary>Longest name that memfd_create takes, without the final zero byte.</summary>
    public const int MFD_NAME_MAX = 249;

    /// <summary>An anonymous memory file; the handle is invalid when the call failed.</summary>
    public static SafeFileHandle MemfdCreate(ReadOnlySpan<byte> nullTerminatedName, uint flags)
    {
        fixed (byte* name = nullTerminatedName)
        {
            return new SafeFileHandle(SyscallMemfdCreate(Syscalls.SYS_memfd_create, name, flags), ownsHandle: true);
        }
    }

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallMemfdCreate(nint number, byte* name, nuint flags);
}
