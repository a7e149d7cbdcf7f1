using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Messaging;

/// <summary>What a <see cref="QueueWait"/> waits for.</summary>
internal enum QueueNews
{
    /// <summary>An item, or that there will be none any more.</summary>
    Items,

    /// <summary>Room for an item, or that nothing more is to be put.</summary>
    Room,

    /// <summary>Every task is done.</summary>
    AllDone,
}

/// <summary>A wait for news of a queue. When it is over the caller tries again: somebody else may have been faster.</summary>
internal sealed class QueueWait(SharedObject owner, QueueCore core, QueueNews news, long itemSize = 0) : PendingWait(owner)
{
    private bool _hasSlept;

    /// <summary>
    /// Short only while there is somebody whose death gives items back. Otherwise only a wake-up that died with a process is to
    /// be made up for; the first lease wakes everybody.
    /// </summary>
    public override int Slice =>
        news != QueueNews.Items || !core.WasLeased ? PatientSlice(500)
        : core.HasLeases ? SliceMilliseconds
        : PatientSlice(500, LongSliceMilliseconds);

    public override bool TryFinish(out WaitTarget target)
    {
        target = default;
        if (!core.Has(news, itemSize))
        {
            target = core.BellOf(news).Announce();
            if (!core.Has(news, itemSize))
            {
                _hasSlept = true;
                return false;
            }
        }

        if (_hasSlept)
        {
            // Whoever woke this one has taken the word of all that sleep here.
            core.BellOf(news).Announce();
        }

        return true;
    }

    /// <summary>An item of a process that has died in its work counts as waiting again once somebody looks.</summary>
    public override bool LookForDead() => news == QueueNews.Items && core.HasLeases;

    public override void GiveUp()
    {
        // That all is done is told to all at once.
        if (_hasSlept && news != QueueNews.AllDone)
        {
            core.PassOn(news);
        }

        GC.KeepAlive(Owner);
    }
}
