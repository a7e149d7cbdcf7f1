namespace Cohort.Utils;

/// <summary>
/// Waits of any length for tasks and semaphores, which by themselves take no more than some weeks. They end by what they wait
/// for or by false, never by an exception of their own for the time, so that a <see cref="TimeoutException"/> is the task's.
/// </summary>
internal static class DeadlineWaits
{
    /// <returns>Whether the task completed in time.</returns>
    public static bool Wait(this Deadline deadline, Task task)
    {
        while (!task.IsCompleted && Task.WaitAny([task], deadline.RemainingMilliseconds) < 0)
        {
            if (deadline.HasPassed)
            {
                return false;
            }
        }

        task.GetAwaiter().GetResult();
        return true;
    }

    /// <inheritdoc cref="Wait"/>
    /// <exception cref="OperationCanceledException">The token was cancelled before the task completed.</exception>
    public static async Task<bool> WaitAsync(this Deadline deadline, Task task, CancellationToken cancellationToken = default)
    {
        while (!task.IsCompleted)
        {
            await task.WaitAsync(deadline.Step(), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (task.IsCompleted)
            {
                break;
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (deadline.HasPassed)
            {
                return false;
            }
        }

        await task.ConfigureAwait(false);
        return true;
    }

    /// <returns>Whether the semaphore was entered.</returns>
    public static bool Enter(this Deadline deadline, SemaphoreSlim gate)
    {
        while (!gate.Wait(deadline.RemainingMilliseconds))
        {
            if (deadline.HasPassed)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc cref="Enter"/>
    /// <exception cref="OperationCanceledException">The token was cancelled before.</exception>
    public static async Task<bool> EnterAsync(this Deadline deadline, SemaphoreSlim gate, CancellationToken cancellationToken = default)
    {
        while (!await gate.WaitAsync(deadline.RemainingMilliseconds, cancellationToken).ConfigureAwait(false))
        {
            if (deadline.HasPassed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As far as one wait of the framework goes: rounded up to milliseconds, -1 of which is no limit.</summary>
    public static TimeSpan Step(this Deadline deadline) => TimeSpan.FromMilliseconds(deadline.RemainingMilliseconds);
}
