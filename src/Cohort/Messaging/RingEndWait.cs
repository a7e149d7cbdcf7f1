using Cohort.Platform;
using Cohort.Synchronizing;

namespace Cohort.Messaging;

/// <summary>A wait at the doorbell of one end of a connection.</summary>
/// <param name="transport">The end.</param>
/// <param name="need">What for.</param>
/// <param name="length">Of the message that needs room.</param>
internal sealed class RingEndWait(RingTransport transport, RingNeed need, long length) : PendingWait(transport)
{
    /// <summary>
    /// Everybody who publishes rings, and of the end of the peer the watch tells. A slice is for what is left: one of several
    /// processes that hold the peer's end, killed after it had published and before it rang, or in the middle of a message. Of the
    /// latter nobody sleeps for long.
    /// </summary>
    public override int Slice => need == RingNeed.Part ? GrowingSlice(200) : PatientSlice(200);

    public override bool TryFinish(out WaitTarget target)
    {
        target = transport.Announce(need);
        return transport.Has(need, length);
    }

    public override bool LookForDead() => need == RingNeed.Part && transport.BreakIfSenderDied();

    public override void GiveUp()
    {
        // A wake-up goes to all who sleep here, so that there is none to pass on.
    }
}
