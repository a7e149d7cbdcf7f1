using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A wait for an <see cref="OwnedWord"/>.</summary>
internal sealed class LockWait(IWaitOwner owner, OwnedWord word) : PendingWait(owner)
{
    private bool _hasSlept;

    /// <summary>The owner before had died.</summary>
    public bool IsAbandoned { get; private set; }

    public override bool TryFinish(out WaitTarget target)
    {
        target = default;
        while (true)
        {
            if (_hasSlept ? word.TryTakeAfterSleep() : word.TryTake())
            {
                return true;
            }

            if (word.TryAnnounce(out target))
            {
                _hasSlept = true;
                return false;
            }
        }
    }

    public override bool LookForDead()
    {
        IsAbandoned = word.TryTakeFromDead();
        return IsAbandoned;
    }

    protected override bool TryUndo() => word.Release();

    public override void GiveUp()
    {
        if (_hasSlept)
        {
            word.PassOn();
        }
    }
}
