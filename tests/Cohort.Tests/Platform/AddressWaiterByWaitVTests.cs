using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class AddressWaiterByWaitVTests : AddressWaiterTests
{
    private protected override AddressWaiter Waiter => AddressWaiter.Instance;
}
