using Cohort.Utils;

namespace Cohort.Subprocesses;

public sealed partial class RunningPipeline
{
    /// <summary>
    /// Sends input to the first command, closes it, reads what all write to pipes of this process, and blocks until all have
    /// ended.
    /// </summary>
    /// <param name="input">What goes to the first command, whose input must be a pipe then; null closes that at once.</param>
    /// <param name="timeout">
    /// How long; null for as long as it takes. The commands run on after it, nothing is lost, and another call, without input,
    /// goes on where this one stopped.
    /// </param>
    /// <returns>The result, with what was captured.</returns>
    /// <exception cref="SubprocessTimeoutException">A command has not ended in time; has the pipeline's output so far.</exception>
    /// <exception cref="SubprocessOverflowException">One wrote more than its limit.</exception>
    /// <exception cref="InvalidOperationException">There is input, and the first command's is no open pipe or an earlier call has begun.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public CompletedPipeline Communicate(string? input = null, TimeSpan? timeout = null) =>
        Converse(First.Encode(input), Subprocess.DeadlineOf(timeout)) ?? throw NewTimeout(timeout!.Value, FirstRunning);

    /// <inheritdoc cref="Communicate(string, TimeSpan?)"/>
    public CompletedPipeline Communicate(ReadOnlyMemory<byte> input, TimeSpan? timeout = null) =>
        Converse(input, Subprocess.DeadlineOf(timeout)) ?? throw NewTimeout(timeout!.Value, FirstRunning);

    /// <inheritdoc cref="Communicate(string, TimeSpan?)"/>
    /// <returns>The result, or null when not all have ended in time.</returns>
    public CompletedPipeline? TryCommunicate(TimeSpan timeout, string? input = null) =>
        Converse(First.Encode(input), Subprocess.DeadlineOf(timeout));

    /// <inheritdoc cref="TryCommunicate(TimeSpan, string?)"/>
    public CompletedPipeline? TryCommunicate(TimeSpan timeout, ReadOnlyMemory<byte> input) => Converse(input, Subprocess.DeadlineOf(timeout));

    /// <summary>
    /// Sends input to the first command, closes it, reads what all write to pipes of this process, and waits until all have
    /// ended.
    /// </summary>
    /// <inheritdoc cref="Communicate(string, TimeSpan?)" path="/param"/>
    /// <param name="cancellationToken">Ends the wait, as the timeout does, and not the commands.</param>
    /// <inheritdoc cref="Communicate(string, TimeSpan?)" path="/returns"/>
    /// <inheritdoc cref="Communicate(string, TimeSpan?)" path="/exception"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<CompletedPipeline> CommunicateAsync(
        string? input = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await ConverseAsync(First.Encode(input), Subprocess.DeadlineOf(timeout), cancellationToken).ConfigureAwait(false)
            ?? throw NewTimeout(timeout!.Value, FirstRunning);

    /// <inheritdoc cref="CommunicateAsync(string, TimeSpan?, CancellationToken)"/>
    public async Task<CompletedPipeline> CommunicateAsync(
        ReadOnlyMemory<byte> input, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await ConverseAsync(input, Subprocess.DeadlineOf(timeout), cancellationToken).ConfigureAwait(false)
            ?? throw NewTimeout(timeout!.Value, FirstRunning);

    /// <inheritdoc cref="CommunicateAsync(string, TimeSpan?, CancellationToken)"/>
    /// <returns>The result, or null when not all have ended in time.</returns>
    public Task<CompletedPipeline?> TryCommunicateAsync(
        TimeSpan timeout, string? input = null, CancellationToken cancellationToken = default) =>
        ConverseAsync(First.Encode(input), Subprocess.DeadlineOf(timeout), cancellationToken);

    /// <inheritdoc cref="TryCommunicateAsync(TimeSpan, string?, CancellationToken)"/>
    public Task<CompletedPipeline?> TryCommunicateAsync(
        TimeSpan timeout, ReadOnlyMemory<byte> input, CancellationToken cancellationToken = default) =>
        ConverseAsync(input, Subprocess.DeadlineOf(timeout), cancellationToken);

    /// <returns>Null when not all have ended in time.</returns>
    internal CompletedPipeline? Converse(ReadOnlyMemory<byte>? input, Deadline deadline)
    {
        // One that has pipes can be served on this thread, and the others, which have none, be waited for after it.
        int served = Array.FindLastIndex(_processes, static process => process.HasPipes);
        if (Array.FindIndex(_processes, static process => process.HasPipes) != served || Array.Exists(_processes, static process => process.NeedsAsync))
        {
            return ConverseAsync(input, deadline, CancellationToken.None).GetAwaiter().GetResult();
        }

        // Input for a first command that takes none is refused before the wait.
        served = input is null ? Math.Max(served, 0) : 0;
        CompletedSubprocess?[] results = new CompletedSubprocess?[_processes.Length];
        results[served] = _processes[served].Converse(served == 0 ? input : null, deadline.Remaining);
        for (int i = 0; i < results.Length && results[served] is not null; i++)
        {
            results[i] ??= _processes[i].Converse(i == 0 ? input : null, deadline.Remaining);
        }

        return NewResult(results);
    }

    /// <returns>Null when not all have ended in time.</returns>
    internal async Task<CompletedPipeline?> ConverseAsync(ReadOnlyMemory<byte>? input, Deadline deadline, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<CompletedSubprocess?>[] each =
            [.. _processes.Select((process, i) => ConverseAsync(process, i == 0 ? input : null, deadline, stop))];
        try
        {
            CompletedPipeline? result = NewResult(await Task.WhenAll(each).ConfigureAwait(false));
            if (result is null)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return result;
        }
        catch (OperationCanceledException)
        {
            // Or it is a receiver's own.
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>Waits for one, and has the others not wait any more when this one fails or is late.</summary>
    private static async Task<CompletedSubprocess?> ConverseAsync(
        Subprocess process, ReadOnlyMemory<byte>? input, Deadline deadline, CancellationTokenSource stop)
    {
        CompletedSubprocess? result = null;
        try
        {
            return result = await process.ConverseAsync(input, deadline.Remaining, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled) when (cancelled.CancellationToken == stop.Token)
        {
            // Another was late or failed, which it tells itself.
            return null;
        }
        finally
        {
            if (result is null)
            {
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private CompletedPipeline? NewResult(CompletedSubprocess?[] results) =>
        Array.TrueForAll(results, static result => result is not null) ? new CompletedPipeline(_commands, results!, _options) : null;
}
