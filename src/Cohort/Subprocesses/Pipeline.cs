using Cohort.Utils;

namespace Cohort.Subprocesses;

/// <summary>Commands of which each reads what the one before it writes. It can be run any number of times.</summary>
/// <remarks>
/// The kernel moves the bytes: each two commands share a pipe, of which this process keeps nothing. So a command that stops
/// reading ends the one before it by SIGPIPE, as in a shell.
/// </remarks>
public sealed class Pipeline
{
    private readonly Command[] _commands;

    internal Pipeline(params Command[] commands)
    {
        foreach (Command command in commands)
        {
            ArgumentNullException.ThrowIfNull(command, nameof(commands));
        }

        _commands = commands;
    }

    /// <summary>The commands, the first first.</summary>
    public IReadOnlyList<Command> Commands => _commands;

    /// <inheritdoc cref="PipeTo(Command)"/>
    public static Pipeline operator |(Pipeline first, Command second)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first.PipeTo(second);
    }

    /// <inheritdoc cref="PipeTo(Pipeline)"/>
    public static Pipeline operator |(Pipeline first, Pipeline second)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first.PipeTo(second);
    }

    /// <summary>This and one more command, which reads what the last one writes.</summary>
    /// <param name="next">The command.</param>
    /// <exception cref="ArgumentException">The output of the one, or the input of the other, is redirected.</exception>
    public Pipeline PipeTo(Command next) => PipeTo(new Pipeline(next));

    /// <summary>This and another, whose first command reads what the last one of this writes.</summary>
    /// <param name="next">The other.</param>
    /// <exception cref="ArgumentException">The output of the one, or the input of the other, is redirected.</exception>
    public Pipeline PipeTo(Pipeline next)
    {
        ArgumentNullException.ThrowIfNull(next);
        Command writer = _commands[^1];
        if (writer.Options.StandardOutput is not InheritRedirect || writer.Options.CaptureOutput)
        {
            throw new ArgumentException($"The output of `{writer}` is redirected and cannot go to the next command.", nameof(next));
        }

        Command reader = next._commands[0];
        if (reader.Options.StandardInput is not InheritRedirect)
        {
            throw new ArgumentException($"The input of `{reader}` is redirected and cannot come from the command before it.", nameof(next));
        }

        return new Pipeline([.. _commands, .. next._commands]);
    }

    /// <summary>
    /// Runs all commands to their ends, and reads what they write to pipes of this process meanwhile. When that fails or takes
    /// too long, all are ended before the exception comes.
    /// </summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="timeout">How long all together may take; null for no limit.</param>
    /// <exception cref="SubprocessFailedException">A command failed, and <see cref="PipelineOptions.Check"/>, or its own, is set; the first that did.</exception>
    /// <exception cref="SubprocessTimeoutException">A command did not end in time; the first of these. Has the pipeline's output so far.</exception>
    /// <exception cref="SubprocessOverflowException">One wrote more than its <see cref="SubprocessOptions.CaptureLimit"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <inheritdoc cref="Start(PipelineOptions?)" path="/exception"/>
    public CompletedPipeline Run(PipelineOptions? options = null, TimeSpan? timeout = null)
    {
        Deadline deadline = Subprocess.DeadlineOf(timeout);
        using RunningPipeline running = PipelineStart.Start(_commands, options, isLive: false);
        CompletedPipeline? result;
        try
        {
            result = running.Converse(null, deadline);
        }
        catch
        {
            running.End();
            running.ThrowIfFaulted();
            throw;
        }

        if (result is not null)
        {
            return result.Checked();
        }

        Subprocess late = running.FirstRunning;
        running.End();
        throw running.NewTimeout(timeout!.Value, late);
    }

    /// <inheritdoc cref="Run"/>
    /// <param name="cancellationToken">Ends all commands.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<CompletedPipeline> RunAsync(
        PipelineOptions? options = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Subprocess.DeadlineOf(timeout);
        cancellationToken.ThrowIfCancellationRequested();
        RunningPipeline running = PipelineStart.Start(_commands, options, isLive: false);
        await using (running.ConfigureAwait(false))
        {
            CompletedPipeline? result;
            try
            {
                result = await running.ConverseAsync(null, deadline, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await running.EndAsync().ConfigureAwait(false);
                running.ThrowIfFaulted();
                throw;
            }

            if (result is not null)
            {
                return result.Checked();
            }

            Subprocess late = running.FirstRunning;
            await running.EndAsync().ConfigureAwait(false);
            throw running.NewTimeout(timeout!.Value, late);
        }
    }

    /// <summary>Starts all commands and returns once they run. When one cannot be started, those before it are ended.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">Options contradict each other, or a text holds a zero character.</exception>
    /// <inheritdoc cref="Subprocess.Start(IReadOnlyList{string}, SubprocessOptions?)" path="/exception"/>
    public RunningPipeline Start(PipelineOptions? options = null) => PipelineStart.Start(_commands, options, isLive: true);

    /// <summary>The commands with <c>|</c> between them, in quotes where a shell would need them.</summary>
    public override string ToString() => string.Join<Command>(" | ", _commands);
}
