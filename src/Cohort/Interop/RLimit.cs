using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>struct rlimit of 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RLimit
{
    public ulong Current;
    public ulong Maximum;
}
