using Cohort.Interop;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>Ends this worker, and what it started, when its parent is gone.</summary>
internal static class ParentWatch
{
    /// <summary>Before the start message: a parent that is gone already, and signals as a worker wants them.</summary>
    public static void Prepare(int parentProcessId)
    {
        // The runtime turns SIGTERM into an orderly shutdown with exit code 143. Terminate means: at once, by the signal.
        Libc.signal(Signals.SIGTERM, Libc.SIG_DFL);

        // See the overview of WorkerEntry for why SIGCONT.
        Libc.prctl(Libc.PR_SET_PDEATHSIG, Signals.SIGCONT);
        if (Libc.getppid() != parentProcessId)
        {
            Libc._exit(1);
        }
    }

    /// <summary>Watches from now on, on a thread of its own that blocks on <paramref name="control"/>.</summary>
    public static void Start(ControlSocket control)
    {
        Thread thread = new(() => Watch(control), 128 * 1024)
        {
            IsBackground = true,
            Name = "Cohort parent watch",
        };
        thread.Start();
    }

    private static void Watch(ControlSocket control)
    {
        try
        {
            byte[] buffer = new byte[64];
            while (control.Receive(buffer, null) > 0)
            {
                // The parent has nothing more to say on this socket; only its end matters.
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A socket that broke, or was closed under us by the job, watches no more: the parent cannot be trusted to be there.
        }

        Perish();
    }

    /// <summary>Kills all descendants, then the own process group with this process in it.</summary>
    private static void Perish()
    {
        foreach (int descendant in ProcessTree.DescendantsOf(Environment.ProcessId))
        {
            Libc.kill(descendant, Signals.SIGKILL);
        }

        Libc.kill(0, Signals.SIGKILL);
        Libc._exit(1);
    }
}
