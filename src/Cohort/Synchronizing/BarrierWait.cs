using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>One party's wait at a barrier: first for a slot, mostly there at once, and then for what becomes of it.</summary>
internal sealed class BarrierWait(SharedObject owner, BarrierCore core, bool hasAction, CancellationToken cancellationToken)
    : PendingWait(owner)
{
    private int _slot = -1;
    private bool _isOver;
    private BarrierBrokenException? _broken;

    /// <summary>Place in the order in which the parties came.</summary>
    public int Index { get; private set; }

    /// <summary>Everybody is there and waits for this party to run the action; nothing is over yet.</summary>
    public bool MustRun { get; private set; }

    public override bool TryFinish(out WaitTarget target)
    {
        // Read before looking, so that what changes after the look keeps us from sleeping.
        int generation = core.Words.Generation;
        target = core.Words.TargetAt(generation);
        if (_slot < 0)
        {
            Arrive();
        }

        return MustRun || IsSettled;
    }

    public override bool LookForDead()
    {
        core.LookForDead();
        return IsSettled;
    }

    /// <summary>A party that leaves breaks the barrier, as the others would wait for it in vain.</summary>
    public override void GiveUp()
    {
        if (_isOver)
        {
            return;
        }

        BarrierBreakReason reason = cancellationToken.IsCancellationRequested || Owner.IsDisposed
            ? BarrierBreakReason.Cancellation
            : BarrierBreakReason.Timeout;
        if (_slot < 0)
        {
            core.Break(reason);
            _broken = new BarrierBrokenException(reason, Environment.ProcessId);
            _isOver = true;
            return;
        }

        core.Fail(_slot, reason);
        TakeOutcome();
    }

    /// <summary>After the action was run.</summary>
    public void Complete() => core.Complete(_slot);

    /// <summary>After the action threw.</summary>
    public void Fail()
    {
        core.Fail(_slot, BarrierBreakReason.ActionFailed);
        TakeOutcome();
    }

    /// <summary>The end of a wait that is settled, or was given up.</summary>
    /// <exception cref="BarrierBrokenException">It did not end well.</exception>
    public int Result()
    {
        if (!_isOver)
        {
            TakeOutcome();
        }

        return _broken is null ? Index : throw _broken;
    }

    private bool IsSettled => _slot >= 0 && core.Words.State(_slot) != BarrierSlotState.Waiting;

    private void Arrive()
    {
        try
        {
            _slot = core.TryArrive(hasAction, out bool mustRun);
            MustRun = mustRun;
        }
        catch
        {
            // Broken before, and maybe reset by now: nothing that leaving has to break.
            _isOver = true;
            throw;
        }
    }

    private void TakeOutcome()
    {
        Index = core.Words.Index(_slot);
        if (core.Words.State(_slot) == BarrierSlotState.Broken)
        {
            _broken = new BarrierBrokenException((BarrierBreakReason)core.Words.ReasonOf(_slot), core.Words.CulpritOf(_slot));
        }

        core.Free(_slot);
        _isOver = true;
    }
}
