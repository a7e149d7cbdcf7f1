using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct timespec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Timespec
{
    public long tv_sec;
    public long tv_nsec;

    public static Timespec FromMilliseconds(int milliseconds) => new()
    {
        tv_sec = milliseconds / 1000,
        tv_nsec = milliseconds % 1000 * 1_000_000L,
    };
}
