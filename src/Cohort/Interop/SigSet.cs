using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>sigset_t</c>: 128 bytes in glibc and musl, of which the kernel knows the first eight.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SigSet
{
    [FieldOffset(0)]
    public ulong Bits;
}
