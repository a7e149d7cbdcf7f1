using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>A connection over rings.</summary>
internal sealed class RingReadySource : ReadySource
{
    private readonly RingTransport _transport;

    public RingReadySource(RingTransport transport)
    {
        ThrowIfDisposed(!transport.TryHold());
        _transport = transport;
    }

    public override bool IsWithinFamily => ((IWaitOwner)_transport).IsWithinFamily;

    public override bool IsReady()
    {
        ThrowIfDisposed(_transport.IsDisposed);
        return _transport.Has(RingNeed.Look, 0);
    }

    public override bool TryAnnounce(out WaitTarget target)
    {
        target = _transport.Announce(RingNeed.Look);
        return true;
    }

    public override void Watch(ReadySet set) =>
        WatchOnce(() => AsyncWaits.Run(new RingEndWait(_transport, RingNeed.Look, 0), Deadline.Never, set.Ended), set);

    public override void Dispose() => _transport.LetGo();

    private static void ThrowIfDisposed(bool isDisposed)
    {
        if (isDisposed)
        {
            throw new ObjectDisposedException(typeof(Connection).FullName);
        }
    }
}
