using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>A classic BPF program (struct sock_fprog).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SockFProg
{
    public ushort Length;
    public SockFilter* Filter;
}
