using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary><c>struct rusage</c>; times are seconds and microseconds, <c>ru_maxrss</c> is in KiB.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RUsage
{
    public long ru_utime_sec;
    public long ru_utime_usec;
    public long ru_stime_sec;
    public long ru_stime_usec;
    public long ru_maxrss;
    public long ru_ixrss;
    public long ru_idrss;
    public long ru_isrss;
    public long ru_minflt;
    public long ru_majflt;
    public long ru_nswap;
    public long ru_inblock;
    public long ru_oublock;
    public long ru_msgsnd;
    public long ru_msgrcv;
    public long ru_nsignals;
    public long ru_nvcsw;
    public long ru_nivcsw;
}
