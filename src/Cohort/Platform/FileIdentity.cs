using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>What tells one open file from another, whatever number its descriptor has.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    public FileIdentity(in StatX status)
        : this(status.stx_dev_major, status.stx_dev_minor, status.stx_ino)
    {
    }

    /// <summary>Of the file, socket or link at a path; null when there is none, or this system cannot say.</summary>
    public static unsafe FileIdentity? OfPath(string path)
    {
        StatX status;
        return OperatingSystems.IsSupported && Libc.LStatX(path, &status) == 0 ? new FileIdentity(status) : null;
    }
}
