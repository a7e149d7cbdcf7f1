namespace Cohort.Synchronizing;

/// <summary>Why a barrier let its parties go without all of them having come.</summary>
public enum BarrierBreakReason
{
    /// <summary>A party did not want to wait any longer.</summary>
    Timeout,

    /// <summary>A party's wait was cancelled, or the barrier was disposed under it.</summary>
    Cancellation,

    /// <summary>Somebody called <see cref="InterprocessBarrier.Abort"/>.</summary>
    Abort,

    /// <summary>Somebody called <see cref="InterprocessBarrier.Reset"/>: the barrier is whole again.</summary>
    Reset,

    /// <summary>The process of a party ended.</summary>
    PartyDied,

    /// <summary>The action threw an exception, which the party that ran it got.</summary>
    ActionFailed,
}
