using System.Diagnostics;
using Cohort.Platform;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <content>Waiting at the doorbell of this end.</content>
internal sealed partial class RingTransport
{
    public override bool Poll(Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Hold();
        try
        {
            bool isReady = WaitFor(RingNeed.Look, 0, deadline, cancellationToken);
            _ready?.Refresh();
            return isReady;
        }
        finally
        {
            LetGo();
        }
    }

    public override async ValueTask<bool> PollAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Hold();
        try
        {
            bool isReady = await WaitForAsync(RingNeed.Look, 0, deadline, cancellationToken).ConfigureAwait(false);
            _ready?.Refresh();
            return isReady;
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>Whether it is there, or never will be. The caller holds the memory, and the lock that the need calls for.</summary>
    internal bool Has(RingNeed need, long length) => need switch
    {
        RingNeed.Room => (_sender.HasPending ? _sender.HasRoom(_sender.MaxFramePayload) : _sender.HasRoom(length)) || _sender.IsClosed,
        RingNeed.Look => _receiver.SharesData || _receiver.IsClosed,
        _ => _receiver.HasData || _receiver.IsClosed,
    };

    /// <summary>Says that somebody is about to sleep here, who then looks once more.</summary>
    internal WaitTarget Announce(RingNeed need) => _bell.AnnounceBesideOthers(need == RingNeed.Room ? Want.Space : Want.Data);

    /// <summary>Closes the direction in which a message has started whose sender has died. Whether it has.</summary>
    internal bool BreakIfSenderDied()
    {
        if (!_peer.SendLock.IsAbandoned || _receiver.HasData)
        {
            return false;
        }

        _receiver.Close();
        return true;
    }

    private bool WaitFor(RingNeed need, long length, Deadline deadline, CancellationToken cancellationToken)
    {
        if (Has(need, length))
        {
            return true;
        }

        if (deadline.HasPassed)
        {
            return false;
        }

        // In the middle of a message the other side is busy with it, and what is waited for is microseconds away.
        bool isUnderWay = need == RingNeed.Part || (need == RingNeed.Room && _sender.HasPending);
        if (_spin.Until(new Condition(this, need, length), isUnderWay))
        {
            return true;
        }

        long start = Stopwatch.GetTimestamp();
        bool isThere = BlockingWait.Run(new RingEndWait(this, need, length), deadline, cancellationToken);
        _spin.NoteSleep(start);
        return isThere;
    }

    private ValueTask<bool> WaitForAsync(RingNeed need, long length, Deadline deadline, CancellationToken cancellationToken)
    {
        bool isThere = Has(need, length);
        return isThere || deadline.HasPassed
            ? new ValueTask<bool>(isThere)
            : new ValueTask<bool>(AsyncWaits.Run(new RingEndWait(this, need, length), deadline, cancellationToken));
    }

    private readonly struct Condition(RingTransport transport, RingNeed need, long length) : IRingCondition
    {
        public bool Holds() => transport.Has(need, length);
    }
}
