using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Subprocesses;

internal sealed partial class Exchange
{
    /// <summary>Far enough for a timer, which takes no more than about 49 days.</summary>
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(40);

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
        if (!deadline.IsInfinite)
        {
            stop.CancelAfter(deadline.Remaining < s_longestTimer ? deadline.Remaining : s_longestTimer);
        }

        using CancellationTokenSource feeding = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using CancellationTokenSource reading = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        TaskCompletionSource faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task fed = input is null ? Task.CompletedTask : FeedAsync(input, faulted, feeding.Token);
        Task read = Task.WhenAll(outputs.Select(pump => ReadAsync(pump, faulted, reading.Token)));
        try
        {
            Task ended = endsAtFault
                ? Task.WhenAny([child.Exit, faulted.Task, .. (ReadOnlySpan<Task>)(endsWithOutput ? [read] : [])])
                : child.Exit;
            await ended.WaitAsync(stop.Token).ConfigureAwait(false);
            if (child.Exit.IsCompleted && !(endsAtFault && Fault is not null))
            {
                await feeding.CancelAsync().ConfigureAwait(false);
                if (!read.IsCompleted)
                {
                    await Task.WhenAny(read, _hurried.Task).WaitAsync(DrainEnd().Remaining, stop.Token).ConfigureAwait(false);
                }

                await read.WaitAsync(DrainEnd().Remaining, stop.Token).ConfigureAwait(false);
            }

            return true;
        }
        catch (TimeoutException)
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await read.ConfigureAwait(false);
            CutOutputs();
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            // One pump moves for one call at a time: none is left running behind it.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(fed, read).ConfigureAwait(false);
            if (child.Exit.IsCompleted)
            {
                input?.Dispose();
            }
        }
    }

    private static async Task FeedAsync(InputPump pump, TaskCompletionSource faulted, CancellationToken cancellationToken)
    {
        await pump.RunAsync(cancellationToken).ConfigureAwait(false);
        if (pump.Fault is not null)
        {
            faulted.TrySetResult();
        }
    }

    private static async Task ReadAsync(OutputPump pump, TaskCompletionSource faulted, CancellationToken cancellationToken)
    {
        await pump.RunAsync(cancellationToken).ConfigureAwait(false);
        if (pump.Fault is not null)
        {
            faulted.TrySetResult();
        }
    }
}
