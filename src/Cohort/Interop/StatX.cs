using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>The fields of <c>struct statx</c> that are used here; unlike <c>struct stat</c> it is the same on every CPU.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatX
{
    [FieldOffset(0)]
    public uint stx_mask;

    [FieldOffset(28)]
    public ushort stx_mode;

    [FieldOffset(32)]
    public ulong stx_ino;

    [FieldOffset(40)]
    public ulong stx_size;

    [FieldOffset(136)]
    public uint stx_dev_major;

    [FieldOffset(140)]
    public uint stx_dev_minor;
}
