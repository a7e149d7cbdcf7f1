using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A wait for other writers to be gone, and then for the readers; one wait, so that whoever leaves it gives back what it has.</summary>
internal sealed class WriteWait(SharedObject owner, ReaderWriterWords words) : PendingWait(owner)
{
    private readonly LockWait _turn = new(owner, words.Writer);
    private bool _hasTurn;

    public override bool TryFinish(out WaitTarget target)
    {
        if (!_hasTurn)
        {
            _hasTurn = _turn.TryFinish(out target);
            if (!_hasTurn)
            {
                return false;
            }
        }

        target = default;
        return !words.HasReaders || !words.TryAnnounceWriter(out target);
    }

    public override bool LookForDead()
    {
        if (!_hasTurn)
        {
            _hasTurn = _turn.LookForDead();
        }

        if (!_hasTurn)
        {
            return false;
        }

        words.ClearDead();
        return !words.HasReaders;
    }

    protected override bool TryUndo()
    {
        // Then giving up has nothing to give back.
        words.ReleaseWriter();
        _hasTurn = false;
        return true;
    }

    public override void GiveUp()
    {
        if (_hasTurn)
        {
            words.ReleaseWriter();
        }
        else
        {
            _turn.GiveUp();
        }
    }
}
