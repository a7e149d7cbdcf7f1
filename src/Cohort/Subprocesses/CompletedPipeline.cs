using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>A pipeline of which all commands have ended.</summary>
public sealed class CompletedPipeline
{
    private readonly IReadOnlyList<Command> _commands;
    private readonly PipelineOptions _options;
    private readonly CompletedSubprocess[] _results;

    internal CompletedPipeline(IReadOnlyList<Command> commands, CompletedSubprocess[] results, PipelineOptions options)
    {
        _commands = commands;
        _results = results;
        _options = options;
    }

    /// <summary>Each command's result, with what it wrote to a pipe of this process as errors.</summary>
    public IReadOnlyList<CompletedSubprocess> Results => _results;

    /// <summary>Each command's return code.</summary>
    public IReadOnlyList<int> ReturnCodes => [.. _results.Select(static result => result.ReturnCode)];

    /// <summary>
    /// The last command's; with <see cref="PipelineOptions.PipeFail"/> that of the last command that failed, or 0 when none did.
    /// </summary>
    public int ReturnCode => _options.PipeFail
        ? Array.FindLast(_results, HasFailed)?.ReturnCode ?? 0
        : _results[^1].ReturnCode;

    /// <summary>
    /// The first command that failed; null when none did. One that SIGPIPE has ended since a later one stopped reading has
    /// not, unless <see cref="PipelineOptions.BrokenPipeFails"/> says so.
    /// </summary>
    public CompletedSubprocess? Failed => Array.Find(_results, HasFailed);

    /// <summary>What was captured of the last command's output, as text.</summary>
    public string Output => _results[^1].Output;

    /// <summary>What was captured of the last command's output.</summary>
    public ReadOnlyMemory<byte> OutputBytes => _results[^1].OutputBytes;

    /// <summary>From the start to the moment when the end of all was seen and their output read.</summary>
    public TimeSpan Duration => _results.Max(static result => result.Duration);

    /// <summary>Throws when a command has failed.</summary>
    /// <returns>This.</returns>
    /// <exception cref="SubprocessFailedException">A command has; it is about <see cref="Failed"/>.</exception>
    public CompletedPipeline CheckReturnCodes() => Failed is { } failed ? throw NewFault(failed) : this;

    /// <summary>The commands and their return codes.</summary>
    public override string ToString() => $"{Describe()}: return codes {string.Join(", ", ReturnCodes)}";

    /// <exception cref="SubprocessFailedException">A command has failed that must not.</exception>
    internal CompletedPipeline Checked()
    {
        for (int i = 0; i < _results.Length; i++)
        {
            if ((_options.Check || _commands[i].Options.Check) && HasFailed(_results[i]))
            {
                throw NewFault(_results[i]);
            }
        }

        return this;
    }

    private bool HasFailed(CompletedSubprocess result) => result.ReturnCode != 0
        && (_options.BrokenPipeFails || result.ReturnCode != -Signal.SIGPIPE || ReferenceEquals(result, _results[^1]));

    private SubprocessFailedException NewFault(CompletedSubprocess failed) => new(failed, Describe());

    private string Describe() => string.Join(" | ", _results.Select(static result => CommandText.Describe(result.Arguments)));
}
