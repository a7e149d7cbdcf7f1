using System.Diagnostics;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Waits for the end of a process that need not be a child, such as the parent, without reaping it.</summary>
internal sealed class ProcessWatch : IExitTarget, IDisposable
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Action>? _callbacks = [];
    private long _key;

    private ProcessWatch(int processId, SafeFileHandle pidfd)
    {
        ProcessId = processId;
        PidFd = pidfd;
    }

    public int ProcessId { get; }

    /// <summary>Invalid when the process had ended before it was opened.</summary>
    public SafeFileHandle PidFd { get; }

    /// <summary>Completes when the process has ended; never after <see cref="Dispose"/>.</summary>
    public Task Exit => _exit.Task;

    public bool HasExited => _exit.Task.IsCompleted;

    /// <summary>A process that is gone already gives a watch that has ended.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static ProcessWatch Open(int processId) => Open(processId, static () => true);

    /// <summary>As <see cref="Open(int)"/>, and not fooled by another process that got the same id since.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static ProcessWatch Open(ProcessIdentity identity) => Open(identity.ProcessId, () => identity.IsAlive);

    /// <summary>Calls back on the watch thread, or at once and here when the process has ended. Must be short.</summary>
    public void OnExit(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (_gate)
        {
            if (_callbacks is not null)
            {
                _callbacks.Add(callback);
                return;
            }
        }

        callback();
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        if (Volatile.Read(ref _key) != 0)
        {
            ExitWatch.Instance.Remove(_key);
        }

        PidFd.Dispose();
    }

    void IExitTarget.OnEnded()
    {
        List<Action> callbacks;
        lock (_gate)
        {
            callbacks = _callbacks!;
            _callbacks = null;
        }

        foreach (Action callback in callbacks)
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                Trace.TraceError($"Cohort: a callback for the end of process {ProcessId} failed: {e}");
            }
        }

        _exit.SetResult();
    }

    private static ProcessWatch Open(int processId, Func<bool> isTheOne)
    {
        OperatingSystems.EnsureSupported();
        SafeFileHandle pidfd = Libc.PidfdOpen(processId);
        ProcessWatch watch = new(processId, pidfd);
        if (pidfd.IsInvalid && Errno.Last is not (Errno.ESRCH or Errno.EINVAL))
        {
            throw OsError.LastToException($"cannot watch process {processId}");
        }

        if (pidfd.IsInvalid || !isTheOne())
        {
            ((IExitTarget)watch).OnEnded();
            return watch;
        }

        try
        {
            Volatile.Write(ref watch._key, ExitWatch.Instance.Add(watch));
            return watch;
        }
        catch
        {
            pidfd.Dispose();
            throw;
        }
    }
}
