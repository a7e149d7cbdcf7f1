namespace Cohort.Subprocesses;

/// <summary>A command wrote more than <see cref="SubprocessOptions.CaptureLimit"/> allows, and was ended.</summary>
public sealed class SubprocessOverflowException : CohortException
{
    internal SubprocessOverflowException(CompletedSubprocess result, int limit)
        : base($"The command `{CommandText.Describe(result.Arguments)}` (process {result.ProcessId}) wrote more than {limit} bytes to a stream "
            + "that is captured, and was ended. CaptureLimit is the bound; CaptureOverflow.KeepHead and KeepTail drop what is too much instead.")
    {
        Result = result;
        Limit = limit;
    }

    /// <summary>All about it, what was captured up to the limit included.</summary>
    public CompletedSubprocess Result { get; }

    /// <summary>How many bytes were allowed.</summary>
    public int Limit { get; }
}
