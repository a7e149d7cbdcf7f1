using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>Waits at a semaphore that take a <see cref="Deadline"/>, and block or do not.</summary>
internal static class Gates
{
    /// <summary>False when the deadline passed first.</summary>
    public static async ValueTask<bool> Enter(
        this SemaphoreSlim gate, bool isAsync, Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            int milliseconds = deadline.RemainingMilliseconds;
            bool entered = isAsync
                ? await gate.WaitAsync(milliseconds, cancellationToken).ConfigureAwait(false)
                : gate.Wait(milliseconds, cancellationToken);
            if (entered || deadline.HasPassed)
            {
                return entered;
            }
        }
    }
}
