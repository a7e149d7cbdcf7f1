using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct sockaddr_un</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SockAddrUn
{
    public ushort sun_family;
    public fixed byte sun_path[108];
}
