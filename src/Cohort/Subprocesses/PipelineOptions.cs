namespace Cohort.Subprocesses;

/// <summary>How a pipeline is run, beside what the options of its commands say.</summary>
public sealed record PipelineOptions
{
    internal static readonly PipelineOptions Default = new();

    /// <summary>Where the input of the first command comes from.</summary>
    /// <value>The default is null: what its own options say.</value>
    public Redirect? StandardInput { get; init; }

    /// <summary>Where the output of the last command goes.</summary>
    /// <value>The default is null: what its own options say.</value>
    public Redirect? StandardOutput { get; init; }

    /// <summary>Where each command writes errors. A pipe is one for each, so that it is known who wrote what.</summary>
    /// <value>The default is null: what the options of each say.</value>
    public Redirect? StandardError { get; init; }

    /// <summary>Short for <see cref="Redirect.Pipe"/> as output and as error; neither may be set beside it.</summary>
    public bool CaptureOutput { get; init; }

    /// <summary>Whether a command that fails makes <c>Run</c> throw <see cref="SubprocessFailedException"/>.</summary>
    public bool Check { get; init; }

    /// <summary>
    /// Whether <see cref="CompletedPipeline.ReturnCode"/> is that of the last command that failed, as with a shell's
    /// <c>pipefail</c>. Otherwise it is the last command's.
    /// </summary>
    public bool PipeFail { get; init; }

    /// <summary>
    /// Whether a command counts as failed that SIGPIPE has ended since a later one stopped reading, as in <c>yes | head -1</c>.
    /// For a shell's pipefail it does.
    /// </summary>
    public bool BrokenPipeFails { get; init; }

    internal PipelineOptions Validated()
    {
        if (!CaptureOutput)
        {
            return this;
        }

        return StandardOutput is null && StandardError is null
            ? this with { CaptureOutput = false, StandardOutput = Redirect.Pipe, StandardError = Redirect.Pipe }
            : throw new ArgumentException(
                "CaptureOutput is short for pipes as StandardOutput and StandardError: set it or them, not both.", nameof(CaptureOutput));
    }
}
