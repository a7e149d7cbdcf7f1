using Cohort.Utils;

namespace Cohort;

public sealed partial class Subprocess
{
    /// <summary>The same as <see cref="ReturnCode"/>, but looks anew instead of relying on the watch.</summary>
    public int? Poll()
    {
        if (!_child.HasExited)
        {
            _child.Wait(0);
        }

        return ReturnCode;
    }

    /// <summary>
    /// Blocks until the command has ended, and until redirects that this process serves are through. A command that writes to
    /// a <see cref="Subprocesses.Redirect.Pipe"/> which nobody reads never ends: use <see cref="Communicate(string, TimeSpan?)"/>.
    /// </summary>
    /// <param name="timeout">How long; null for as long as it takes. The command runs on after it.</param>
    /// <returns>The return code.</returns>
    /// <exception cref="Subprocesses.SubprocessTimeoutException">It has not ended in time.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    public int Wait(TimeSpan? timeout = null) => TryWait(timeout ?? Timeout.InfiniteTimeSpan)
        ? ReturnCode!.Value
        : throw NewTimeout(timeout!.Value);

    /// <inheritdoc cref="Wait"/>
    /// <returns>Whether it has ended in time.</returns>
    public bool TryWait(TimeSpan timeout)
    {
        Deadline deadline = Deadline.In(timeout);
        while (!_child.Wait(deadline.RemainingMilliseconds))
        {
            if (deadline.HasPassed)
            {
                return false;
            }
        }

        if (!deadline.Wait(_background))
        {
            return false;
        }

        ThrowIfFaulted();
        return true;
    }

    /// <summary>Waits until the command has ended, and until redirects that this process serves are through.</summary>
    /// <param name="timeout">How long; null for as long as it takes. The command runs on after it.</param>
    /// <param name="cancellationToken">Ends the wait, not the command.</param>
    /// <returns>The return code.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Wait" path="/exception"/>
    public async Task<int> WaitAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await TryWaitAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false)
            ? ReturnCode!.Value
            : throw NewTimeout(timeout!.Value);

    /// <inheritdoc cref="WaitAsync"/>
    /// <returns>Whether it has ended in time.</returns>
    public async Task<bool> TryWaitAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Deadline.In(timeout);
        _child.Watch();
        if (!await deadline.WaitAsync(_child.Exit, cancellationToken).ConfigureAwait(false)
            || !await deadline.WaitAsync(_background, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        ThrowIfFaulted();
        return true;
    }
}
