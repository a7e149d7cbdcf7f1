using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct ucred</c>: what SO_PEERCRED gives.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UCred
{
    public int pid;
    public uint uid;
    public uint gid;
}
