using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class AddressWaiterBySlicesTests : AddressWaiterTests
{
    private protected override AddressWaiter Waiter { get; } = new LinuxAddressWaiter(mayUseWaitV: false);
}
