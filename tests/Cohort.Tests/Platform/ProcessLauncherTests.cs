using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class ProcessLauncherTests
{
    [Fact(Timeout = 30_000)]
    public async Task Launch_TrueAndFalse_GiveTheirExitCodes()
    {
        using ChildProcess good = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "true", Arguments = ["true"] });
        using ChildProcess bad = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "/bin/false", Arguments = ["false"] });

        Assert.Equal(0, (await good.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
        Assert.Equal(1, (await bad.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
    }
}
