using Cohort.Platform;
using CpuArchitecture = System.Runtime.InteropServices.Architecture;

namespace Cohort.Tests.Platform;

public sealed class OperatingSystemsTests
{
    [Theory]
    [InlineData(CpuArchitecture.X64)]
    [InlineData(CpuArchitecture.Arm64)]
    public void EnsureSupported_LinuxOnKnownCpu_Passes(CpuArchitecture architecture) =>
        OperatingSystems.EnsureSupported(isLinux: true, architecture);

    [Theory]
    [InlineData(false, CpuArchitecture.X64)]
    [InlineData(false, CpuArchitecture.Arm64)]
    [InlineData(true, CpuArchitecture.X86)]
    [InlineData(true, CpuArchitecture.Arm)]
    [InlineData(true, CpuArchitecture.RiscV64)]
    [InlineData(true, CpuArchitecture.S390x)]
    public void EnsureSupported_AnythingElse_SaysWhatIsSupported(bool isLinux, CpuArchitecture architecture)
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
