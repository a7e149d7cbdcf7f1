using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>One sleep of a wait on a condition. What it takes part in is settled under the lock, by whoever runs it.</summary>
internal sealed class ConditionWait(SharedObject owner, SharedObject @lock, ConditionState state, long noted) : PendingWait(owner)
{
    public override bool TryFinish(out WaitTarget target)
    {
        ObjectDisposedException.ThrowIf(@lock.Cell.IsDisposed, @lock);
        return state.TryTakeTicket(noted, out target);
    }

    public override bool LookForDead() => state.IsPermitted(noted);

    public override void GiveUp()
    {
        // A wake-up that came here is passed on under the lock.
    }
}
