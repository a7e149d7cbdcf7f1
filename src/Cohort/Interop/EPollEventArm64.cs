using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct epoll_event</c> on arm64, in natural alignment.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EPollEventArm64
{
    public uint events;
    public long data;
}
