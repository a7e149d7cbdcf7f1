using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>One sleep of a wait on a condition. What it takes part in is settled under the lock, by whoever runs it.</summary>
internal sealed class ConditionWait(SharedObject owner, IConditionLock @lock, ConditionState state, long noted) : PendingWait(owner)
{
    public override bool TryFinish(out WaitTarget target)
    {
        ObjectDisposedException.ThrowIf(@lock.Object.Cell.IsDisposed, @lock.Object);
        return state.TryTakeTicket(noted, out target);
    }

    /// <summary>
    /// A holder that died may have been about to notify, and where everybody sleeps nobody asks for its lock. This wait gets the
    /// lock then, and ends.
    /// </summary>
    public override bool LookForDead() => state.IsPermitted(noted) || @lock.State.Word.IsAbandoned;

    public override void GiveUp()
    {
        // A wake-up that came here is passed on under the lock.
    }
}
