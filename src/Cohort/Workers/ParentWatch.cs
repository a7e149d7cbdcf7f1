using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>Ends this worker, and what it started, when its parent is gone.</summary>
internal static class ParentWatch
{
    /// <summary>
    /// Milliseconds between two looks for orphans to reap: many, as native code in a job may start children itself, and has
    /// at least that long to take their exit codes.
    /// </summary>
    private const int DefaultSweepInterval = 30_000;

    /// <summary>Before the start message: notice a parent that is gone already, or goes from now on.</summary>
    public static void Prepare(int parentProcessId)
    {
        // See the overview of WorkerEntry for why SIGCONT.
        OwnProcess.SetParentDeathSignal(Signal.SIGCONT);
        if (OwnProcess.ParentId != parentProcessId)
        {
            OwnProcess.Exit(1);
        }

        // What a child of this worker leaves behind in a session of its own would be out of sight otherwise.
        OwnProcess.AdoptOrphans();
    }

    /// <summary>
    /// Watches from now on, on a thread of its own. It waits for the socket's end without reading from it, so that it can
    /// be there before the start message is: to start a thread, or to hand it something, would be a good part of a warm start.
    /// </summary>
    /// <param name="control">What hangs up when the parent is gone.</param>
    /// <param name="sweepInterval">Milliseconds between two looks for orphans.</param>
    public static void Start(ControlSocket control, int sweepInterval = DefaultSweepInterval)
    {
        new Thread(() => Watch(control, sweepInterval), 128 * 1024) { IsBackground = true }.Start();
    }

    private static void Watch(ControlSocket control, int sweepInterval)
    {
        // Named from here and not before its start: who names another thread opens its directory in /proc, and a process that has
        // such entries ends slowly, as the kernel gives them up one by one while the parent waits to reap it.
        Thread.CurrentThread.Name = "Cohort parent watch";
        OrphanSweep? orphans = null;
        try
        {
            while (!control.WaitForHangUp(sweepInterval))
            {
                TryReap(orphans ??= new OrphanSweep());
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A socket that broke, or was closed under us by the job, watches no more: the parent cannot be trusted to be there.
        }

        OwnProcess.KillTree();
    }

    /// <summary>Whoever adopts orphans has to reap them: a worker may live long.</summary>
    private static void TryReap(OrphanSweep orphans)
    {
        try
        {
            orphans.Look();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left just now: the next look will do.
        }
    }
}
