using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cohort.Platform;

/// <summary>The one place that asks what this process runs on.</summary>
internal static class OperatingSystems
{
    /// <summary>Whether this is Linux on x86-64 or arm64.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => Supports(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture);

    /// <exception cref="PlatformNotSupportedException">This is not Linux on x86-64 or arm64.</exception>
    public static void EnsureSupported() =>
        EnsureSupported(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture);

    public static PlatformNotSupportedException NotSupported() => NotSupported(RuntimeInformation.ProcessArchitecture);

    /// <summary>The check itself, with the facts as arguments.</summary>
    internal static void EnsureSupported(bool isLinux, Architecture architecture)
    {
        if (!Supports(isLinux, architecture))
        {
            throw NotSupported(architecture);
        }
    }

    private static bool Supports(bool isLinux, Architecture architecture) =>
        isLinux && architecture is (Architecture.X64 or Architecture.Arm64);

    private static PlatformNotSupportedException NotSupported(Architecture architecture) => new(
        $"Cohort runs on Linux on x86-64 and arm64. This is {RuntimeInformation.OSDescription}, and the process is built "
        + $"for {architecture}.");
}
