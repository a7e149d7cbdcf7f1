using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>What a command used, together with those of its own children that it had waited for.</summary>
public sealed record SubprocessUsage
{
    internal SubprocessUsage(ResourceUsage usage)
    {
        UserTime = usage.UserTime;
        SystemTime = usage.SystemTime;
        MaxResidentBytes = usage.MaxResidentBytes;
        MinorFaults = usage.MinorFaults;
        MajorFaults = usage.MajorFaults;
        VoluntaryContextSwitches = usage.VoluntaryContextSwitches;
        InvoluntaryContextSwitches = usage.InvoluntaryContextSwitches;
    }

    /// <summary>Processor time in its own code.</summary>
    public TimeSpan UserTime { get; }

    /// <summary>Processor time in the kernel.</summary>
    public TimeSpan SystemTime { get; }

    /// <summary>The largest resident set, of the largest single process.</summary>
    public long MaxResidentBytes { get; }

    /// <summary>Page faults that needed no disk.</summary>
    public long MinorFaults { get; }

    /// <summary>Page faults that needed one.</summary>
    public long MajorFaults { get; }

    /// <summary>How often it gave the processor away because it waited.</summary>
    public long VoluntaryContextSwitches { get; }

    /// <summary>How often the processor was taken from it.</summary>
    public long InvoluntaryContextSwitches { get; }
}
