using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct epoll_event</c> on x86-64, where the kernel packs it to what 32-bit programs use.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct EPollEventX64
{
    public uint events;
    public long data;
}
