using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct futex_waitv</c> of linux/futex.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FutexWaitV
{
    public ulong val;
    public ulong uaddr;
    public uint flags;
    public uint reserved;
}
