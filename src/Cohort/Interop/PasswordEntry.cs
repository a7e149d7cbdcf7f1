using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct passwd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PasswordEntry
{
    public byte* pw_name;
    public byte* pw_passwd;
    public uint pw_uid;
    public uint pw_gid;
    public byte* pw_gecos;
    public byte* pw_dir;
    public byte* pw_shell;
}
