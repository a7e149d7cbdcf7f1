namespace Cohort.Workers;

/// <summary>The worker processes that this process has started and that have not ended.</summary>
internal static class ChildProcesses
{
    private static readonly Lock s_gate = new();
    private static readonly List<WorkerProcess> s_alive = [];
    private static bool s_watchesExit;

    public static IReadOnlyList<WorkerProcess> Snapshot()
    {
        lock (s_gate)
        {
            return [.. s_alive];
        }
    }

    public static void Add(WorkerProcess worker)
    {
        lock (s_gate)
        {
            s_alive.Add(worker);
            if (!s_watchesExit)
            {
                s_watchesExit = true;
                AppDomain.CurrentDomain.ProcessExit += static (_, _) => Settle();
            }
        }
    }

    public static void Remove(WorkerProcess worker)
    {
        lock (s_gate)
        {
            s_alive.Remove(worker);
        }
    }

    /// <summary>At the orderly end of this process: daemons are killed, the others waited for.</summary>
    /// <remarks>A signal ends a program without coming here; then its workers see the end of their sockets.</remarks>
    public static void Settle()
    {
        IReadOnlyList<WorkerProcess> children = Snapshot();
        foreach (WorkerProcess child in children)
        {
            if (child.IsDaemon)
            {
                Kill(child);
            }
        }

        foreach (WorkerProcess child in children)
        {
            child.Exited.Wait();
        }
    }

    private static void Kill(WorkerProcess child)
    {
        try
        {
            child.Kill();
        }
        catch (ObjectDisposedException)
        {
            // It has ended since we looked, and another thread has closed it.
        }
    }
}
