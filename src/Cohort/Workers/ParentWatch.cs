using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>Ends this worker, and what it started, when its parent is gone.</summary>
internal static class ParentWatch
{
    private static readonly ManualResetEventSlim s_started = new(false, spinCount: 0);
    private static Thread? s_thread;
    private static ControlSocket? s_control;

    /// <summary>Before the start message: notice a parent that is gone already, or goes from now on.</summary>
    public static void Prepare(int parentProcessId)
    {
        // See the overview of WorkerEntry for why SIGCONT.
        OwnProcess.SetParentDeathSignal(Signal.SIGCONT);
        if (OwnProcess.ParentId != parentProcessId)
        {
            OwnProcess.Exit(1);
        }
    }

    /// <summary>Has the thread ready that <see cref="Start"/> needs: to start one then would be a good part of a warm start.</summary>
    public static void PrepareThread() => s_thread ??= StartThread();

    /// <summary>Watches from now on, on a thread of its own that blocks on <paramref name="control"/>.</summary>
    public static void Start(ControlSocket control)
    {
        PrepareThread();
        s_control = control;
        s_started.Set();
    }

    private static Thread StartThread()
    {
        Thread thread = new(static () =>
        {
            s_started.Wait();
            Watch(s_control!);
        }, 128 * 1024)
        {
            IsBackground = true,
            Name = "Cohort parent watch",
        };
        thread.Start();
        return thread;
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

        OwnProcess.KillTree();
    }
}
