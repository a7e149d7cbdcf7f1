using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>
/// <c>struct msghdr</c> as the kernel has it. musl declares two of the lengths as int with padding, which on these
/// little-endian CPUs is the same bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MsgHdr
{
    public void* msg_name;
    public uint msg_namelen;
    public IoVec* msg_iov;
    public nuint msg_iovlen;
    public void* msg_control;
    public nuint msg_controllen;
    public int msg_flags;
}
