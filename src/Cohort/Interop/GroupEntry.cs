using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct group</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GroupEntry
{
    public byte* gr_name;
    public byte* gr_passwd;
    public uint gr_gid;
    public byte** gr_mem;
}
