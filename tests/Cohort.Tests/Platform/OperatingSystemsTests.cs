using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class OperatingSystemsTests
{
    [Theory]
    [InlineData(Architecture.X64)]
    [InlineData(Architecture.Arm64)]
    public void EnsureSupported_LinuxOnKnownCpu_Passes(Architecture architecture) =>
        OperatingSystems.EnsureSupported(isLinux: true, architecture);

    [Theory]
    [InlineData(false, Architecture.X64)]
    [InlineData(false, Architecture.Arm64)]
    [InlineData(true, Architecture.X86)]
    [InlineData(true, Architecture.Arm)]
    [InlineData(true, Architecture.RiscV64)]
    [InlineData(true, Architecture.S390x)]
    public void EnsureSupported_AnythingElse_SaysWhatIsSupported(bool isLinux, Architecture architecture)
    {
        PlatformNotSupportedException fault = Assert.Throws<PlatformNotSupportedException>(
            () => OperatingSystems.EnsureSupported(isLinux, architecture));

        Assert.Contains("Linux on x86-64 and arm64", fault.Message, StringComparison.Ordinal);
        Assert.Contains(architecture.ToString(), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EnsureSupported_Here_Passes()
    {
        OperatingSystems.EnsureSupported();
        Assert.True(OperatingSystems.IsSupported);
    }
}
