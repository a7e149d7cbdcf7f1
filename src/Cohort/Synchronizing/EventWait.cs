using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A wait for an event that was not set when the sequence was read.</summary>
internal sealed class EventWait(SharedObject owner, EventWords words, int sequence) : PendingWait(owner)
{
    private bool _isAnnounced;

    /// <summary>Nobody owns an event: only a wake-up that died with who set it is to be made up for.</summary>
    public override int Slice => PatientSlice(SliceMilliseconds, LongSliceMilliseconds);

    public override bool TryFinish(out WaitTarget target)
    {
        if (!_isAnnounced)
        {
            words.AddWaiter();
            _isAnnounced = true;
        }

        target = words.While(sequence);
        if (words.Sequence == sequence)
        {
            return false;
        }

        GiveUp();
        return true;
    }

    /// <summary>There is no wake-up to pass on: it went to all.</summary>
    public override void GiveUp()
    {
        if (_isAnnounced)
        {
            _isAnnounced = false;
            words.RemoveWaiter();
        }

        GC.KeepAlive(Owner);
    }
}
