namespace Cohort.Platform;

/// <summary>
/// Sleeping on a 32-bit word, also one that other processes map. Wake-ups are not counted and may come for no reason:
/// callers look at their own state again after each wait.
/// </summary>
internal abstract class AddressWaiter
{
    /// <summary>Most targets that <see cref="WaitAny"/> takes.</summary>
    public const int MaxTargets = 128;

    private static readonly Lazy<AddressWaiter> s_instance = new(static () => Create());

    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public static AddressWaiter Instance => s_instance.Value;

    /// <summary>Blocks while the word holds <paramref name="expected"/>.</summary>
    /// <param name="timeoutMilliseconds">-1 waits without end.</param>
    /// <returns>False when the time is over; true when woken, interrupted, or when the word holds something else.</returns>
    public abstract bool Wait(ref int address, int expected, int timeoutMilliseconds);

    /// <summary>Wakes up to <paramref name="count"/> sleepers; returns how many.</summary>
    public abstract int Wake(ref int address, int count);

    /// <summary>Blocks while every target holds what is expected of it.</summary>
    /// <param name="targets">One to <see cref="MaxTargets"/>.</param>
    /// <param name="timeoutMilliseconds">-1 waits without end.</param>
    /// <returns>The index of a target that was woken or has changed, or -1 when the time is over.</returns>
    public abstract int WaitAny(ReadOnlySpan<WaitTarget> targets, int timeoutMilliseconds);

    private static LinuxAddressWaiter Create() =>
        OperatingSystems.IsSupported ? new LinuxAddressWaiter() : throw OperatingSystems.NotSupported();
}
