using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>
/// A child that <see cref="ProcessLauncher"/> started. Once it is watched, its end is seen and its zombie reaped whether or
/// not anybody waits, also after <see cref="Dispose"/>, which only gives up this process's descriptor for it.
/// </summary>
/// <remarks>
/// Overview. A process id, and with it a group id, may name somebody else as soon as the zombie is reaped. So signals to
/// the child go through the pidfd, which never names another process, and signals to its group are sent under a lock that
/// the reaping takes as well. At the end, whoever sees it first, the watch thread or one that blocks in
/// <see cref="Wait"/>, looks at the status without reaping (WNOWAIT), sets it, calls back, kills the group if asked, and
/// only then reaps and completes <see cref="Exit"/>.
/// </remarks>
internal sealed partial class ChildProcess : IExitTarget, IDisposable
{
    /// <summary>Guards the callbacks, the status, and whether the id still is the child's.</summary>
    private readonly Lock _gate = new();

    private readonly TaskCompletionSource<ChildExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _leadsGroup;
    private List<Action<ChildExit>>? _callbacks = [];
    private ChildExit? _exitStatus;
    private bool _isReaped;
    private int _isCollected;
    private int _isWatched;
    private bool _killGroupOnExit;

    internal ChildProcess(int processId, SafeFileHandle pidfd, bool leadsGroup)
    {
        ProcessId = processId;
        PidFd = pidfd;
        _leadsGroup = leadsGroup;
        OwnChildren.Add(processId);
    }

    public int ProcessId { get; }

    /// <summary>Readable (poll, epoll) when the child has ended.</summary>
    public SafeFileHandle PidFd { get; }

    /// <summary>Completes when the child has ended and is reaped. Continuations do not run on the watch thread.</summary>
    public Task<ChildExit> Exit => _exit.Task;

    /// <summary>Whether the end has been seen; callbacks may still be running.</summary>
    public bool HasExited => ExitStatus is not null;

    public ChildExit? ExitStatus
    {
        get
        {
            lock (_gate)
            {
                return _exitStatus;
            }
        }
    }

    /// <summary>
    /// Whether SIGKILL goes to the child's own group after its death was seen and before it is reaped, so that what it
    /// spawned goes with it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The child was not started as leader of a group or session.</exception>
    public bool KillGroupOnExit
    {
        get
        {
            lock (_gate)
            {
                return _killGroupOnExit;
            }
        }

        set
        {
            EnsureLeadsGroup();
            lock (_gate)
            {
                _killGroupOnExit = value;
            }
        }
    }

    /// <summary>
    /// Calls back on the watch thread, before the zombie is reaped and <see cref="Exit"/> completes; at once and here
    /// when the end has been seen already. The callback must be short, as every other process's end waits for it.
    /// </summary>
    public void OnExit(Action<ChildExit> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ChildExit status;
        lock (_gate)
        {
            if (_callbacks is not null)
            {
                _callbacks.Add(callback);
                return;
            }

            status = _exitStatus!.Value;
        }

        callback(status);
    }

    /// <summary>Sends a signal; does nothing when the child has ended. Works after <see cref="Dispose"/> as well.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            // Until it is reaped the watch keeps the descriptor open.
            if (!_isReaped && Libc.PidfdSendSignal(PidFd, signal) != 0 && Errno.Last != Errno.ESRCH)
            {
                throw OsError.LastToException($"cannot send {Platform.Signal.NameOf(signal)} to process {ProcessId}");
            }
        }
    }

    /// <summary>Sends a signal to every process in the child's group; does nothing when the child is reaped.</summary>
    /// <exception cref="InvalidOperationException">The child was not started as leader of a group or session.</exception>
    public void SignalGroup(int signal)
    {
        EnsureLeadsGroup();
        lock (_gate)
        {
            if (!_isReaped && Libc.Kill(-ProcessId, signal) != 0 && Errno.Last != Errno.ESRCH)
            {
                throw OsError.LastToException($"cannot send {Platform.Signal.NameOf(signal)} to process group {ProcessId}");
            }
        }
    }

    public void Dispose() => PidFd.Dispose();

    public override string ToString() => $"pid {ProcessId}: {ExitStatus?.ToString() ?? "running"}";

    private void EnsureLeadsGroup()
    {
        if (!_leadsGroup)
        {
            throw new InvalidOperationException($"Process {ProcessId} was not started as the leader of its own group.");
        }
    }
}
