namespace Cohort.Platform;

/// <summary>An address to sleep on for as long as it holds <see cref="Expected"/>. The memory must stay mapped.</summary>
internal readonly unsafe struct WaitTarget(int* address, int expected)
{
    public int* Address { get; } = address;

    public int Expected { get; } = expected;

    public bool HasChanged => Volatile.Read(ref *Address) != Expected;

    /// <inheritdoc cref="AddressWaiter.Wait"/>
    public bool Sleep(int timeoutMilliseconds) => AddressWaiter.Instance.Wait(ref *Address, Expected, timeoutMilliseconds);
}
