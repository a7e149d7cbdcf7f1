using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class AddressWaiterBySlicesTests : AddressWaiterTests
{
    private protected override AddressWaiter Waiter { get; } = new LinuxAddressWaiter(mayUseWaitV: false);

    /// <summary>As the filters of some container engines do, which know no call that is younger than they are.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData("EPERM")]
    [InlineData("ENOSYS")]
    public async Task WaitV_RefusedByAFilter_IsDoneWithout(string refusal)
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("wait-without-waitv", refusal)).Watched();

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
    }
}
