namespace Cohort.Subprocesses;

/// <summary>A command ended with another return code than 0.</summary>
public sealed class SubprocessFailedException : CohortException
{
    /// <param name="pipeline">The whole of which the command was a part, if it was.</param>
    internal SubprocessFailedException(CompletedSubprocess result, string? pipeline = null)
        : base(pipeline is null ? Describe(result) : $"In the pipeline `{pipeline}`: {Describe(result)}")
    {
        Result = result;
    }

    /// <summary>All about it, what was captured included.</summary>
    public CompletedSubprocess Result { get; }

    /// <inheritdoc cref="CompletedSubprocess.Arguments"/>
    public IReadOnlyList<string> Arguments => Result.Arguments;

    /// <inheritdoc cref="CompletedSubprocess.ReturnCode"/>
    public int ReturnCode => Result.ReturnCode;

    /// <inheritdoc cref="CompletedSubprocess.SignalName"/>
    public string? SignalName => Result.SignalName;

    /// <inheritdoc cref="CompletedSubprocess.Output"/>
    public string Output => Result.Output;

    /// <inheritdoc cref="CompletedSubprocess.ErrorOutput"/>
    public string ErrorOutput => Result.ErrorOutput;

    private static string Describe(CompletedSubprocess result)
    {
        string command = $"The command `{CommandText.Describe(result.Arguments)}` (process {result.ProcessId})";
        string end = result switch
        {
            { IsStatusKnown: false } => "ended in an unknown way: this process ignores SIGCHLD, or another part of it waits for all children.",
            { SignalName: string signal } => $"was ended by {signal} (signal {-result.ReturnCode}).",
            _ => $"ended with return code {result.ReturnCode}.",
        };
        string tail = CommandText.TailOf(result.ErrorOutput);
        return tail.Length == 0 ? $"{command} {end}" : $"{command} {end} It wrote to standard error:\n{tail}";
    }
}
