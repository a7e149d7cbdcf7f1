using System.Runtime.InteropServices;

namespace Cohort.Workers;

/// <summary>The worker processes that this process has started and that have not ended.</summary>
internal static class ChildProcesses
{
    private static readonly Lock s_gate = new();
    private static readonly List<WorkerProcess> s_alive = [];
    private static bool s_watchesExit;
    private static bool s_terminating;
    private static bool s_settling;

    /// <summary>Kept for the life of the process: a collected registration would stop watching.</summary>
    private static PosixSignalRegistration? s_termination;

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
                AppDomain.CurrentDomain.ProcessExit += static (_, _) => Settle(kill: Volatile.Read(ref s_terminating));
                if (!WorkerProcess.IsWorker)
                {
                    s_termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static _ => OnTermination());
                }
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

    /// <summary>At the end of this process: daemons are killed, the others waited for (or all killed).</summary>
    public static void Settle(bool kill)
    {
        Interlocked.Exchange(ref s_settling, true);
        IReadOnlyList<WorkerProcess> children = Snapshot();
        foreach (WorkerProcess child in children)
        {
            if (kill || Volatile.Read(ref s_terminating) || child.IsDaemon)
            {
                Kill(child);
            }
        }

        foreach (WorkerProcess child in children)
        {
            child.Exited.Wait();
        }
    }

    /// <summary>An orderly exit waits for children that are no daemons. One by SIGTERM must not, nor wait on.</summary>
    private static void OnTermination()
    {
        Interlocked.Exchange(ref s_terminating, true);
        if (Volatile.Read(ref s_settling))
        {
            foreach (WorkerProcess child in Snapshot())
            {
                Kill(child);
            }
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
