using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A wait for a permit.</summary>
internal sealed class SemaphoreWait(SharedObject owner, SemaphoreCore core) : PendingWait(owner)
{
    private readonly LockWait? _entry = core.NewEntry();
    private bool _isAnnounced;

    /// <summary>Where permits are not tracked, only a wake-up that died with a process is to be made up for.</summary>
    public override int Slice => _entry is null ? PatientSlice(SliceMilliseconds, LongSliceMilliseconds) : SliceMilliseconds;

    public override bool TryFinish(out WaitTarget target)
    {
        if (!_isAnnounced)
        {
            core.Announce();
            _isAnnounced = true;
        }

        if (!core.TryTake(_entry, out target))
        {
            return false;
        }

        core.Leave();
        _isAnnounced = false;
        GC.KeepAlive(Owner);
        return true;
    }

    /// <summary>What comes back from the dead is taken by the next look, as any other permit.</summary>
    public override bool LookForDead()
    {
        core.LookForDead();
        return false;
    }

    public override void GiveUp()
    {
        if (_isAnnounced)
        {
            _isAnnounced = false;
            core.GiveUp();
            _entry?.GiveUp();
        }

        GC.KeepAlive(Owner);
    }
}
