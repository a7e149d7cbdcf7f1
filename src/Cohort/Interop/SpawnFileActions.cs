using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>Room for a <c>posix_spawn_file_actions_t</c> (80 bytes in glibc and musl), opaque to us.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct SpawnFileActions
{
    [FieldOffset(0)]
    private long _opaque;
}
