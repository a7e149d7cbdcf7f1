using Cohort.Subprocesses;
using Cohort.Utils;

namespace Cohort;

public sealed partial class Subprocess
{
    /// <summary>
    /// Runs a command to its end, on the calling thread, and reads what it writes to pipes meanwhile. When that fails, takes
    /// too long or is cancelled, the command is ended before the exception comes; one that may not be sent signals (EPERM), such
    /// as sudo, is left running.
    /// </summary>
    /// <param name="command">The program and its arguments, as they are: no shell reads them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="timeout">How long it may take; null for no limit.</param>
    /// <exception cref="SubprocessFailedException">The return code is not 0, and <see cref="SubprocessOptions.Check"/> is set.</exception>
    /// <exception cref="SubprocessTimeoutException">It did not end in time; has the output so far.</exception>
    /// <exception cref="SubprocessOverflowException">It wrote more than <see cref="SubprocessOptions.CaptureLimit"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <inheritdoc cref="Start(IReadOnlyList{string}, SubprocessOptions?)" path="/exception"/>
    public static CompletedSubprocess Run(IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null)
    {
        if (options is { StandardInput: not null, StandardOutput: not null, StandardError: not null, NeedsAsync: true })
        {
            // A stream would block this thread, while the command waits for somebody to read or the time passes.
            return Task.Run(() => RunAsync(command, options, timeout)).GetAwaiter().GetResult();
        }

        Deadline deadline = DeadlineOf(timeout);
        using Subprocess process = Start(command, options, isWatched: false, servesAtOnce: false);
        Exchange exchange = process.BeginExchange(null);
        if (!exchange.Run(deadline))
        {
            process.End(exchange);
            throw process.NewTimeout(timeout!.Value);
        }

        if (exchange.Fault is not null)
        {
            process.End(exchange);
            process.ThrowIfFaulted();
        }

        return process.Finish();
    }

    /// <summary>
    /// Runs a command to its end and reads what it writes to pipes meanwhile. When that fails, takes too long or is cancelled,
    /// the command is ended before the exception comes. No thread waits; only the start takes half a millisecond of the
    /// caller's.
    /// </summary>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static async Task<CompletedSubprocess> RunAsync(
        IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Deadline deadline = DeadlineOf(timeout);
        cancellationToken.ThrowIfCancellationRequested();
        Subprocess process = Start(command, options, isWatched: true, servesAtOnce: false);
        await using (process.ConfigureAwait(false))
        {
            Exchange exchange = process.BeginExchange(null);
            bool ended;
            try
            {
                ended = await exchange.RunAsync(deadline, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await process.EndAsync(exchange).ConfigureAwait(false);
                throw;
            }

            if (!ended)
            {
                await process.EndAsync(exchange).ConfigureAwait(false);
                throw process.NewTimeout(timeout!.Value);
            }

            if (exchange.Fault is not null)
            {
                await process.EndAsync(exchange).ConfigureAwait(false);
                process.ThrowIfFaulted();
            }

            return process.Finish();
        }
    }

    /// <summary>Runs a command to its end and gives its return code.</summary>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static int Call(IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null) =>
        Run(command, options, timeout).ReturnCode;

    /// <inheritdoc cref="Call"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<int> CallAsync(
        IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await RunAsync(command, options, timeout, cancellationToken).ConfigureAwait(false)).ReturnCode;

    /// <summary>Runs a command to its end, which has to be return code 0.</summary>
    /// <exception cref="SubprocessFailedException">The return code is not 0.</exception>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static void CheckCall(IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null) =>
        Run(command, options, timeout).CheckReturnCode();

    /// <inheritdoc cref="CheckCall"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task CheckCallAsync(
        IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await RunAsync(command, options, timeout, cancellationToken).ConfigureAwait(false)).CheckReturnCode();

    private CompletedSubprocess Finish()
    {
        CompletedSubprocess result = NewResult(_child.ExitStatus!.Value);
        return _options.Check ? result.CheckReturnCode() : result;
    }
}
