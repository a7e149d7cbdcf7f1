using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A wait for the writers to be gone.</summary>
internal sealed class ReadWait(SharedObject owner, ReaderWriterWords words, int slot) : PendingWait(owner)
{
    public override bool TryFinish(out WaitTarget target)
    {
        target = default;
        while (!words.TryEnterRead(slot))
        {
            if (words.TryAnnounceReader(out target))
            {
                return false;
            }
        }

        return true;
    }

    public override bool LookForDead()
    {
        // Nobody but a waiter looks, and all who wait may be readers.
        if (words.Writer.TryTakeFromDead())
        {
            words.ReleaseWriter();
        }

        return words.TryEnterRead(slot);
    }

    protected override bool TryUndo()
    {
        words.LeaveRead(slot);
        return true;
    }

    public override void GiveUp()
    {
        // A gate wakes everybody, so nobody misses a wake-up that came here.
    }
}
