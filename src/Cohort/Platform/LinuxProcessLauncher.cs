using System.Runtime.Versioning;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Starts processes by posix_spawn (which shares memory with the child until exec, as vfork does).</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxProcessLauncher : ProcessLauncher
{
    /// <summary>
    /// All children have this one thread as their parent thread: a child's PR_SET_PDEATHSIG fires when the thread that
    /// made it ends, and this one ends with the process.
    /// </summary>
    private readonly LauncherThread _thread = new("Cohort launcher");

    private readonly bool _hasCloseFrom;

    /// <param name="mayUseCloseFrom">False to do as on musl, which lacks posix_spawn_file_actions_addclosefrom_np.</param>
    public LinuxProcessLauncher(bool mayUseCloseFrom = true)
    {
        _hasCloseFrom = mayUseCloseFrom && Libc.HasSpawnCloseFrom;
    }

    public override ChildProcess Launch(LaunchRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using SpawnPlan plan = new(request, _hasCloseFrom);
        if (request.Settings is not null || request.Limits is not null)
        {
            return new LaunchThread(plan, Spawn).Run();
        }

        return request.StartsOnCallingThread ? Spawn(plan) : _thread.Run(() => Spawn(plan));
    }

    private static ChildProcess Spawn(SpawnPlan plan)
    {
        OwnChildren.BeginLaunch();
        int pid;
        int errno;
        ChildProcess child;
        try
        {
            pid = plan.Spawn();
            SafeFileHandle pidfd = Libc.PidfdOpen(pid);
            errno = pidfd.IsInvalid ? Errno.Last : 0;
            child = new ChildProcess(pid, pidfd, plan.Request.Group.IsOwn);
        }
        finally
        {
            OwnChildren.EndLaunch();
        }

        if (errno == Errno.ESRCH)
        {
            // Dead and reaped already: SIGCHLD is ignored, or this is pid 1, where the runtime reaps every child.
            child.SetGone();
            return child;
        }

        try
        {
            if (errno != 0)
            {
                throw OsError.ToException(errno, $"cannot watch the started process '{plan.FileName}' (pid {pid})");
            }

            if (plan.Request.IsWatched)
            {
                child.Watch();
            }

            return child;
        }
        catch
        {
            // Nobody would see its end: take back what was started.
            Libc.Kill(pid, Signal.SIGKILL);
            OwnChildren.Remove(pid);
            ReapBlocking(pid);
            child.Dispose();
            throw;
        }
    }

    private static unsafe void ReapBlocking(int pid)
    {
        SigInfo info;
        while (Libc.WaitId(Libc.P_PID, pid, &info, Libc.WEXITED, null) != 0 && Errno.Last == Errno.EINTR)
        {
        }
    }
}
