using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct cmsghdr</c>; the data follows it, and the next header starts on an 8-byte boundary.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CMsgHdr
{
    public nuint cmsg_len;
    public int cmsg_level;
    public int cmsg_type;

    public static int Align(int length) => (length + (sizeof(nuint) - 1)) & ~(sizeof(nuint) - 1);

    /// <summary>CMSG_SPACE: what one message with this much data takes in the control buffer.</summary>
    public static int Space(int dataLength) => sizeof(CMsgHdr) + Align(dataLength);

    /// <summary>CMSG_LEN: what goes into <see cref="cmsg_len"/>.</summary>
    public static int Length(int dataLength) => sizeof(CMsgHdr) + dataLength;
}
