using Cohort.Platform;
using Cohort.Sharing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

// Overview
//
// A worker is this same program, started again with DOTNET_STARTUP_HOOKS naming Cohort. The hook runs before Main and
// comes here (so does WorkerProcess.RunIfWorker, for programs whose hooks are off):
//
//   1. take the control socket, put the environment back, ask for a signal at the parent's end;
//   2. start the thread that watches the parent: it waits for the end of the control socket, which means that the parent
//      is gone (or wants no standby worker any more). Then everything that this worker started dies with it;
//   3. block on the control socket for the one start message (a standby worker waits here);
//   4. run the job on the main thread, settle the children, leave through _exit. Main is never reached.
//
// The parent's death signal is SIGCONT: harmless, but it lets the watching thread of a stopped worker run. SIGKILL would
// be surer to kill the worker but would leave what the worker had started. For the same reason a worker leads a session of
// its own: the SIGHUP that the kernel has for a stopped group whose parent dies would kill it in the same way.

/// <summary>The way into a worker process.</summary>
internal static class WorkerEntry
{
    private static int s_entered;

    /// <summary>Whether the program has called <see cref="WorkerProcess.RunIfWorker"/>.</summary>
    public static bool WasAsked { get; set; }

    /// <summary>Whether this process is a worker that does its job.</summary>
    public static WorkerSession? Session { get; private set; }

    /// <summary>Does a worker's work and never returns, or returns at once in any other process.</summary>
    public static void RunIfWorker()
    {
        if (!WorkerEnvironment.TryRead(out WorkerMarker marker) || Interlocked.Exchange(ref s_entered, 1) != 0)
        {
            return;
        }

        WorkerExit.Leave(RunWorker(marker));
    }

    private static int RunWorker(WorkerMarker marker)
    {
        ControlSocket control = ControlSocket.FromDescriptor(new SafeFileHandle(marker.ControlDescriptor, ownsHandle: true));
        if (marker.FamilyDescriptor is { } family)
        {
            DeathBell.Inherit(new SafeFileHandle(family, ownsHandle: true));
        }

        WorkerEnvironment.Restore();
        LargeArrays.MostKept = LargeArrays.MostKeptByWorkers;
        ParentWatch.Prepare(marker.ParentProcessId);
        ParentWatch.Start(control);
        try
        {
            if (marker.IsStandby && !WarmUp.Run(control))
            {
                return 0;
            }

            List<SafeFileHandle> handles = [];
            return WorkerMail.SayReady(control) && WorkerMail.Receive(control, handles) is { } mail
                ? TakeUp(control, mail, handles, marker.ParentProcessId).Run(Session!)
                : 0;
        }
        catch (Exception exception)
        {
            RemoteTraceback.Print(exception);
            return 1;
        }
    }

    /// <summary>Becomes what the message says. The message's memory, which may be large, is given back before the job runs.</summary>
    private static WorkerJob TakeUp(ControlSocket control, WorkerMail mail, List<SafeFileHandle> handles, int parentProcessId)
    {
        using (mail)
        {
            Session = new WorkerSession(control, CurrentProcess.Become(mail.Reader, parentProcessId), handles);
            return WorkerJob.ReadWhole(mail.Reader);
        }
    }
}
