using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Utils;

namespace Cohort.Messaging;

internal static partial class SocketCalls
{
    private const int FirstPause = 1;
    private const int LongestPause = 16;

    /// <summary>Waits until the socket says that there is room; false when the deadline passed first.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled first.</exception>
    /// <remarks>
    /// Nothing tells a task about room: it looks again after a while. (To have a byte sent, and wait for that, would start the
    /// message while the socket is nearly full, and then nothing could end the wait for the rest.)
    /// </remarks>
    public static async ValueTask<bool> WaitWritable(
        bool isAsync, SafeHandle socket, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!isAsync)
        {
            return Wait(socket, Libc.POLLOUT, deadline, cancellationToken);
        }

        for (int pause = FirstPause; !Wait(socket, Libc.POLLOUT, default, default); pause = Math.Min(2 * pause, LongestPause))
        {
            if (deadline.HasPassed)
            {
                return false;
            }

            await Task.Delay(deadline.IsInfinite ? pause : Math.Min(pause, deadline.RemainingMilliseconds), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }
}
