using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Subprocesses;

internal sealed partial class Exchange
{
    /// <inheritdoc cref="Run" path="/summary"/>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/returns"/>
    /// <param name="cancellationToken">Ends the wait, not the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<bool> RunAsync(Deadline deadline, CancellationToken cancellationToken, bool endsAtFault = true) =>
        RunAsync(deadline, endsAtFault, endsWithOutput: false, cancellationToken);

    /// <summary>Waits until all is read, and no longer: the command may go on.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task ReadAsync(CancellationToken cancellationToken) =>
        RunAsync(Deadline.Never, endsAtFault: true, endsWithOutput: true, cancellationToken);

    private async Task<bool> RunAsync(Deadline deadline, bool endsAtFault, bool endsWithOutput, CancellationToken cancellationToken)
    {
        child.Watch();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using CancellationTokenSource feeding = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using CancellationTokenSource reading = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        TaskCompletionSource faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task fed = input is null ? Task.CompletedTask : FeedAsync(input, faulted, feeding.Token);
        Task read = Task.WhenAll(outputs.Select(pump => ReadAsync(pump, faulted, reading.Token, stop.Token)));
        try
        {
            Task ended = endsAtFault
                ? Task.WhenAny([child.Exit, faulted.Task, _stopped.Task, .. (ReadOnlySpan<Task>)(endsWithOutput ? [read] : [])])
                : child.Exit;
            if (!await deadline.WaitAsync(ended, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (!child.Exit.IsCompleted || (endsAtFault && Fault is not null))
            {
                return true;
            }

            await feeding.CancelAsync().ConfigureAwait(false);
            await Earlier(deadline, DrainEnd()).WaitAsync(Task.WhenAny(read, _hurried.Task), cancellationToken).ConfigureAwait(false);
            if (await Earlier(deadline, DrainEnd()).WaitAsync(read, cancellationToken).ConfigureAwait(false))
            {
                ThrowIfCancelledBefore(cancellationToken);
                return true;
            }

            return DrainEnd().HasPassed && await StopReadingAsync().ConfigureAwait(false);
        }
        finally
        {
            // One pump moves for one call at a time: none is left running behind it.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(fed, read).ConfigureAwait(false);
            if (child.Exit.IsCompleted && input is not null)
            {
                await input.StopAsync().ConfigureAwait(false);
            }
        }

        // What the command wrote is handed on, however long its targets take, unless somebody is in a hurry.
        async Task<bool> StopReadingAsync()
        {
            await reading.CancelAsync().ConfigureAwait(false);
            read = CutAsync(read, stop.Token);

            // With no time left, there is still that for targets which take all at once.
            Deadline end = deadline.HasPassed ? Deadline.In(s_drainStep) : deadline;
            if (!await end.WaitAsync(Task.WhenAny(read, _hurried.Task), cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (!read.IsCompleted)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await read.ConfigureAwait(false);
                await CutOutputsAsync().ConfigureAwait(false);
            }

            ThrowIfCancelledBefore(cancellationToken);
            return true;
        }
    }

    /// <summary>Pumps that have stopped may have come to their ends, or been told to.</summary>
    private void ThrowIfCancelledBefore(CancellationToken cancellationToken)
    {
        if (!HasReadAll())
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Takes what is in the pipes, as far as its targets take it soon, and reads no more.</summary>
    public async Task CutOutputsAsync()
    {
        using CancellationTokenSource soon = new(s_shortDrain);
        await CutAsync(Task.CompletedTask, soon.Token).ConfigureAwait(false);
        foreach (OutputPump pump in outputs)
        {
            pump.Abandon();
        }
    }

    private async Task CutAsync(Task read, CancellationToken cancellationToken)
    {
        await read.ConfigureAwait(false);
        await Task.WhenAll(outputs.Select(pump => pump.CutAsync(cancellationToken))).ConfigureAwait(false);
    }

    private static async Task FeedAsync(InputPump pump, TaskCompletionSource faulted, CancellationToken cancellationToken)
    {
        await pump.RunAsync(cancellationToken).ConfigureAwait(false);
        if (pump.Fault is not null)
        {
            faulted.TrySetResult();
        }
    }

    private static async Task ReadAsync(OutputPump pump, TaskCompletionSource faulted, CancellationToken reading, CancellationToken handingOn)
    {
        await pump.RunAsync(reading, handingOn).ConfigureAwait(false);
        if (pump.Fault is not null)
        {
            faulted.TrySetResult();
        }
    }
}
