using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>What a process used while it lived, together with those of its children that it had waited for.</summary>
internal readonly record struct ResourceUsage
{
    public ResourceUsage(in RUsage usage)
    {
        UserTime = TimeSpan.FromSeconds(usage.ru_utime_sec) + TimeSpan.FromMicroseconds(usage.ru_utime_usec);
        SystemTime = TimeSpan.FromSeconds(usage.ru_stime_sec) + TimeSpan.FromMicroseconds(usage.ru_stime_usec);
        MaxResidentBytes = usage.ru_maxrss * 1024;
        MinorFaults = usage.ru_minflt;
        MajorFaults = usage.ru_majflt;
        BlocksRead = usage.ru_inblock;
        BlocksWritten = usage.ru_oublock;
        VoluntaryContextSwitches = usage.ru_nvcsw;
        InvoluntaryContextSwitches = usage.ru_nivcsw;
    }

    public TimeSpan UserTime { get; }

    public TimeSpan SystemTime { get; }

    /// <summary>The largest resident set; of the largest single process, not a sum.</summary>
    public long MaxResidentBytes { get; }

    public long MinorFaults { get; }

    public long MajorFaults { get; }

    /// <summary>In units of 512 bytes.</summary>
    public long BlocksRead { get; }

    /// <summary>In units of 512 bytes.</summary>
    public long BlocksWritten { get; }

    public long VoluntaryContextSwitches { get; }

    public long InvoluntaryContextSwitches { get; }
}
