using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>One instruction of a classic BPF program (struct sock_filter).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct SockFilter(ushort code, uint k, byte jt = 0, byte jf = 0)
{
    public readonly ushort Code = code;

    /// <summary>How many instructions to skip when a comparison is true.</summary>
    public readonly byte JumpTrue = jt;

    /// <summary>How many instructions to skip when a comparison is false.</summary>
    public readonly byte JumpFalse = jf;

    public readonly uint K = k;
}
