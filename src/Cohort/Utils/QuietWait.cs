namespace Cohort.Utils;

/// <summary>
/// Blocking for a task without spinning first, as <see cref="Task.Wait()"/> does for some tens of microseconds and more: what is
/// waited for may be in want of this very processor.
/// </summary>
internal static class QuietWait
{
    /// <returns>Whether the task completed, in whichever way, before the time was over.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative and not infinite, or above 24 days.</exception>
    public static bool For(Task task, TimeSpan timeout) =>
        (task.IsCompleted && IsValid(timeout)) || ((IAsyncResult)task).AsyncWaitHandle.WaitOne(timeout);

    private static bool IsValid(TimeSpan timeout) => timeout >= TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan;
}
