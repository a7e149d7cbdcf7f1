using System.Globalization;

namespace Cohort.Subprocesses;

/// <summary>A command did not end in time.</summary>
public sealed class SubprocessTimeoutException : TimeoutException
{
    internal SubprocessTimeoutException(IReadOnlyList<string> arguments, int processId, TimeSpan timeout, CompletedSubprocess? soFar)
        : base(string.Create(CultureInfo.InvariantCulture, $"The command `{CommandText.Describe(arguments)}` (process {processId}) did not end within {timeout.TotalSeconds:0.###} seconds."))
    {
        Arguments = arguments;
        Timeout = timeout;
        Output = soFar?.Output ?? "";
        ErrorOutput = soFar?.ErrorOutput ?? "";
        OutputBytes = soFar?.OutputBytes ?? default;
        ErrorBytes = soFar?.ErrorBytes ?? default;
    }

    /// <summary>The command, its name first.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The time that it had.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>What was captured of standard output so far.</summary>
    public string Output { get; }

    /// <summary>What was captured of standard error so far.</summary>
    public string ErrorOutput { get; }

    /// <inheritdoc cref="Output"/>
    public ReadOnlyMemory<byte> OutputBytes { get; }

    /// <inheritdoc cref="ErrorOutput"/>
    public ReadOnlyMemory<byte> ErrorBytes { get; }
}
