using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>Waits without a thread of the caller's. See the overview of <see cref="PendingWait"/>.</summary>
internal static class AsyncWaits
{
    private static readonly Lock s_gate = new();
    private static readonly List<AsyncWaitThread> s_threads = [];

    /// <returns>False when the deadline passed first.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed in this process meanwhile.</exception>
    public static Task<bool> Run(PendingWait wait, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        if (!wait.Owner.TryHold())
        {
            return Task.FromException<bool>(new ObjectDisposedException(wait.Owner.ObjectName));
        }

        AsyncWait entry = new(wait, deadline, cancellationToken);
        lock (s_gate)
        {
            AsyncWaitThread? thread = s_threads.Find(static t => t.HasRoom);
            if (thread is null)
            {
                thread = new AsyncWaitThread();
                s_threads.Add(thread);
            }

            thread.Add(entry);
        }

        return entry.Task;
    }
}
