using System.Diagnostics;
using Cohort.Interop;

namespace Cohort.Platform;

internal sealed unsafe partial class ChildProcess
{
    /// <summary>Milliseconds between two looks at a child that is dead and traced.</summary>
    private const int MaxLookInterval = 100;

    private int _lookInterval;
    private int _looksAgain;

    /// <summary>Has the watch thread see the end from now on. Harmless when done twice.</summary>
    /// <exception cref="IOException">The kernel refuses another watch.</exception>
    public void Watch()
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0 && !Exit.IsCompleted)
        {
            try
            {
                ExitWatch.Instance.Add(this);
            }
            catch
            {
                Volatile.Write(ref _isWatched, 0);
                throw;
            }
        }
    }

    /// <summary>
    /// Blocks until the child is reaped or the time is over, and sees the end on this thread, which spares the way over the
    /// watch thread. Needs no watch. A signal to this process can end a limited wait early.
    /// </summary>
    /// <param name="milliseconds">-1 for no limit.</param>
    /// <returns>Whether the child is reaped.</returns>
    /// <exception cref="ObjectDisposedException">The descriptor was given up while nobody watched.</exception>
    public bool Wait(int milliseconds)
    {
        if (Exit.IsCompleted)
        {
            return true;
        }

        bool added = false;
        try
        {
            PidFd.DangerousAddRef(ref added);
        }
        catch (ObjectDisposedException) when (Volatile.Read(ref _isWatched) != 0)
        {
            // The watch has a hold on it still, and will tell.
            return Exit.Wait(milliseconds);
        }

        try
        {
            if (!Descriptors.WaitFor(PidFd, Libc.POLLIN, milliseconds))
            {
                return false;
            }

            ((IExitTarget)this).OnEnded();
        }
        finally
        {
            PidFd.DangerousRelease();
        }

        // Somebody else may be collecting, which takes no longer than its callbacks, or has to wait for a debugger.
        return Exit.Wait(milliseconds);
    }

    void IExitTarget.OnEnded()
    {
        if (Interlocked.Exchange(ref _isCollected, 1) != 0)
        {
            return;
        }

        if (Collect(Libc.WNOWAIT) is not { } status)
        {
            LookAgainLater();
            return;
        }

        Announce(status);
        lock (_gate)
        {
            if (_killGroupOnExit)
            {
                KillGroup(status);
            }

            OwnChildren.Remove(ProcessId);
            if (status.Kind != ChildExitKind.Unknown)
            {
                Collect(0);
            }

            _isReaped = true;
        }

        _exit.SetResult(status);
    }

    /// <summary>
    /// The descriptor tells of the end when the process is dead, but its status is not to be had before whoever traces it (a
    /// debugger, strace) has seen it or let go; nothing tells of that (ptrace(2)).
    /// </summary>
    private void LookAgainLater()
    {
        bool isHeld = false;
        PidFd.DangerousAddRef(ref isHeld);
        Volatile.Write(ref _isCollected, 0);
        if (Interlocked.Exchange(ref _looksAgain, 1) != 0)
        {
            PidFd.DangerousRelease();
            return;
        }

        _lookInterval = Math.Min((_lookInterval * 2) + 1, MaxLookInterval);
        Task.Delay(_lookInterval).ContinueWith(
            _ =>
            {
                Volatile.Write(ref _looksAgain, 0);
                ((IExitTarget)this).OnEnded();
                PidFd.DangerousRelease();
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    /// <summary>For a child that was reaped by somebody else before it could be watched.</summary>
    internal void SetGone()
    {
        _isCollected = 1;
        OwnChildren.Remove(ProcessId);
        lock (_gate)
        {
            _isReaped = true;
        }

        Announce(ChildExit.Unknown);
        _exit.SetResult(ChildExit.Unknown);
    }

    private void Announce(ChildExit status)
    {
        List<Action<ChildExit>> callbacks;
        lock (_gate)
        {
            _exitStatus = status;
            callbacks = _callbacks!;
            _callbacks = null;
        }

        foreach (Action<ChildExit> callback in callbacks)
        {
            try
            {
                callback(status);
            }
            catch (Exception e)
            {
                Trace.TraceError($"Cohort: a callback for the end of process {ProcessId} failed: {e}");
            }
        }
    }

    private void KillGroup(ChildExit status)
    {
        // After somebody else has reaped the child, a living process with its id would be a stranger, and the group its.
        if (status.Kind == ChildExitKind.Unknown && Libc.Kill(ProcessId, 0) == 0)
        {
            return;
        }

        if (Libc.Kill(-ProcessId, Platform.Signal.SIGKILL) != 0 && Errno.Last is not (Errno.ESRCH or Errno.EPERM))
        {
            Trace.TraceError($"Cohort: cannot kill process group {ProcessId}: {Errno.Describe(Errno.Last)}");
        }
    }

    /// <summary>Null when it is dead but cannot be collected yet.</summary>
    private ChildExit? Collect(int extraOptions)
    {
        // The caller holds it open until this is over, also when the handle is disposed.
        int pidfd = (int)PidFd.DangerousGetHandle();
        SigInfo info = default;
        RUsage usage = default;
        while (Libc.WaitId(Libc.P_PIDFD, pidfd, &info, Libc.WEXITED | Libc.WNOHANG | extraOptions, &usage) != 0)
        {
            switch (Errno.Last)
            {
                case Errno.EINTR:
                    break;
                case Errno.ECHILD:
                    return ChildExit.Unknown;
                default:
                    // The child is gone either way, and whoever waits for it has to hear that.
                    Trace.TraceError(
                        $"Cohort: cannot collect the status of process {ProcessId}: {Errno.Describe(Errno.Last)}");
                    return ChildExit.Unknown;
            }
        }

        if (info.si_pid == 0)
        {
            return null;
        }

        ResourceUsage used = new(usage);
        return info.si_code switch
        {
            SigInfo.CLD_EXITED => new ChildExit(ChildExitKind.Exited, info.si_status, false, used),
            SigInfo.CLD_KILLED => new ChildExit(ChildExitKind.Signaled, info.si_status, false, used),
            SigInfo.CLD_DUMPED => new ChildExit(ChildExitKind.Signaled, info.si_status, true, used),
            _ => ChildExit.Unknown,
        };
    }
}
