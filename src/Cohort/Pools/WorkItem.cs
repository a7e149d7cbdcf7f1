using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>One frame of work: what a worker runs at once and answers at once.</summary>
internal abstract class WorkItem(FunctionEntry function, TaskOptions options)
{
    public FunctionEntry Function { get; } = function;

    public TaskOptions Options { get; } = options;

    /// <summary>The number under which it was last sent to a worker.</summary>
    public uint Number { get; set; }

    /// <summary>How the workers ended that died of it.</summary>
    public List<WorkerLostException>? Deaths { get; set; }

    /// <summary>How often it was run and came to no good end.</summary>
    public int FailedRuns { get; set; }

    /// <summary>It has its outcome, though a worker may still be at it: drop what comes back.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Gives up what the arguments carry beside their bytes, and nobody has taken up; null when they carry nothing.</summary>
    public Action? Undo { get; set; }

    /// <summary>Who follows the call that it belongs to; null for nobody.</summary>
    public CallWatch? Watch { get; set; }

    /// <summary>Nobody wants the outcome any more: do not send it, and drop what comes back.</summary>
    public abstract bool IsAbandoned { get; }

    /// <summary>How many calls of the function it holds.</summary>
    public virtual int Count => 1;

    /// <summary>Writes the count, then the arguments.</summary>
    public abstract void WriteArguments(PickleWriter writer);

    /// <summary>Takes the results. Runs under the dispatcher's lock; must not call user code but what decoding calls.</summary>
    /// <param name="reader">At the results.</param>
    /// <param name="elapsed">How long the worker took.</param>
    public abstract void Complete(PickleReader reader, TimeSpan elapsed);

    public abstract void Fail(Exception exception);

    /// <summary>How long to wait before it is run again.</summary>
    public TimeSpan DelayBeforeNextRun => Options.DelayBefore(FailedRuns);

    /// <summary>Whether its options say of what it threw that it may be run again.</summary>
    public bool IsWorthAnotherRun(Exception fault)
    {
        if (Options.RetryOn is not { } isWorthIt || IsAbandoned)
        {
            return false;
        }

        try
        {
            return isWorthIt(fault);
        }
        catch (Exception)
        {
            // The fault itself says more than one in the code that judges it.
            return false;
        }
    }

    /// <summary>Counts a run that came to no good end; false when it has had as many as it may.</summary>
    public bool TryCountRun() => ++FailedRuns <= Options.Retries;

    /// <summary>For one that is used again for other items.</summary>
    public void Reset()
    {
        Deaths = null;
        FailedRuns = 0;
        IsSettled = false;
    }

    /// <summary>The bytes that were sent last will not be read any more: the task has ended, or has to be sent anew.</summary>
    public void GiveUpMessage()
    {
        if (Undo is { } undo)
        {
            Undo = null;
            undo();
        }
    }

    /// <summary>Calls the function in this process, without the codec: arguments and results are shared, not copied. Without a lock.</summary>
    /// <exception cref="Exception">What the function threw.</exception>
    public abstract void RunHere();

    /// <summary>Hands out what <see cref="RunHere"/> gave. Runs under the engine's lock.</summary>
    /// <param name="elapsed">How long that took.</param>
    public abstract void CompleteHere(TimeSpan elapsed);

    /// <summary>The pool ends before its time. The item may still run here; neither of the two ways to settle it follows then.</summary>
    public virtual void Abort(Exception reason) => Fail(reason);

    /// <summary>Which part of it a worker died of; the others are run again elsewhere. Null when none of them can be blamed.</summary>
    /// <param name="place">At which call the worker was, from 0; another number when that is not known.</param>
    public virtual WorkItem? AtFault(int place) => this;

    /// <summary>For messages: what was being done.</summary>
    public virtual string Describe() => FunctionName.Of(Function.Function.Function);

    /// <summary>Of the calls of an item that is complete: how many failed, each by itself.</summary>
    public virtual int FailedCount => 0;

    /// <summary>A failure settles nothing of it: its parts are run again, each by itself.</summary>
    public virtual bool FailsInParts => false;

    /// <summary>For statistics: its arguments, in short. Runs code of theirs, which may throw.</summary>
    public abstract string DescribeArguments();
}
