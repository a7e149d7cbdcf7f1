using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>Room for a <c>posix_spawnattr_t</c> (336 bytes in glibc and musl), which only the C library looks into.</summary>
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct SpawnAttributes
{
    [FieldOffset(0)]
    private long _opaque;
}
