using System.Runtime.InteropServices;

namespace Cohort.Workers;

/// <summary>The worker processes that this process has started and that have not ended.</summary>
internal static class ChildProcesses
{
    private static readonly Lock s_gate = new();
    private static readonly List<WorkerProcess> s_alive = [];
    private static bool s_watchesExit;
    private static bool s_terminating;

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
                    // An orderly exit waits for children that are no daemons; a SIGTERM must not.
                    s_termination = PosixSignalRegistration.Create(
                        PosixSignal.SIGTERM, static _ => Volatile.Write(ref s_terminating, true));
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

    /// <summary>At the end of this process: daemons are terminated, the others waited for (or all killed).</summary>
    public static void Settle(bool kill)
    {
        IReadOnlyList<WorkerProcess> children = Snapshot();
        foreach (WorkerProcess child in children)
        {
            if (kill)
            {
                child.Kill();
            }
            else if (child.IsDaemon)
            {
                child.Terminate();
            }
        }

        foreach (WorkerProcess child in children)
        {
            child.Exited.Wait();
        }
    }
}
