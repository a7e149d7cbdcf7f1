namespace Cohort.Platform;

/// <summary>What tells one open file from another, whatever number its descriptor has.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
