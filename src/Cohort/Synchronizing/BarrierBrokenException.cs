namespace Cohort.Synchronizing;

/// <summary>A wait at a barrier ended without all parties having come (Python: <c>threading.BrokenBarrierError</c>).</summary>
public sealed class BarrierBrokenException : CohortException
{
    internal BarrierBrokenException(BarrierBreakReason reason, int processId)
        : base(Describe(reason, processId))
    {
        Reason = reason;
        ProcessId = processId;
    }

    /// <summary>What happened.</summary>
    public BarrierBreakReason Reason { get; }

    /// <summary>The process that it happened in: the one that died, or whose wait was over, or that made the call.</summary>
    public int ProcessId { get; }

    private static string Describe(BarrierBreakReason reason, int processId)
    {
        string what = reason switch
        {
            BarrierBreakReason.Timeout => $"the time of a wait in process {processId} was over before all parties had come",
            BarrierBreakReason.Cancellation => $"a wait in process {processId} was cancelled, or the barrier disposed there",
            BarrierBreakReason.Abort => $"process {processId} called Abort",
            BarrierBreakReason.Reset => $"process {processId} called Reset",
            BarrierBreakReason.PartyDied => $"process {processId}, which is one of its parties, has ended",
            _ => $"its action failed in process {processId}, where its exception was thrown",
        };
        return reason == BarrierBreakReason.Reset
            ? $"The wait at the barrier is off: {what}. The barrier itself can be used again."
            : $"The barrier is broken: {what}. Every wait at it fails until Reset is called, which is best done by one who knows " +
              "that all parties have noticed.";
    }
}
