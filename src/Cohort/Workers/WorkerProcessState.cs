using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Workers;

/// <summary>The inside of a <see cref="WorkerProcess"/>: its life from settings over a running process to a status.</summary>
internal sealed class WorkerProcessState
{
    /// <summary>What is reported when somebody else reaped the worker and it said nothing itself.</summary>
    private const int UnknownExitCode = 255;

    private readonly Lock _gate = new();
    private readonly WorkerOptions _options;
    private readonly bool _isSelf;
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ManualResetEvent? _sentinel;
    private string _name;
    private byte[] _authKey;
    private WorkerHandle? _handle;
    private int? _exitCode;
    private bool _closed;

    public WorkerProcessState(WorkerTarget? target, WorkerOptions? options)
    {
        Target = target;
        _options = options ?? new WorkerOptions();
        _options.Limits?.Validate();
        _name = _options.Name ?? CurrentProcess.NextChildName();
        _authKey = _options.AuthKey ?? CurrentProcess.AuthKey;
        IsDaemon = _options.IsDaemon ?? CurrentProcess.IsDaemon;
    }

    private WorkerProcessState(WorkerTarget? target)
    {
        Target = target;
        _options = new WorkerOptions();
        _isSelf = true;
        _name = CurrentProcess.Name;
        _authKey = CurrentProcess.AuthKey;
        IsDaemon = CurrentProcess.IsDaemon;
        ProcessId = Environment.ProcessId;
    }

    public WorkerTarget? Target { get; }

    public bool IsDaemon { get; private set; }

    public int? ProcessId { get; private set; }

    /// <summary>Whether the object is on its way to its own new process just now.</summary>
    public bool IsBeingSent { get; private set; }

    public string Name
    {
        get => _isSelf ? CurrentProcess.Name : _name;
        set
        {
            _name = value;
            if (_isSelf)
            {
                CurrentProcess.Name = value;
            }
        }
    }

    public byte[] AuthKey
    {
        get => _authKey;
        set
        {
            _authKey = value;
            if (_isSelf)
            {
                CurrentProcess.AuthKey = value;
            }
        }
    }

    public int? ExitCode
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(WorkerProcess));
                return _exitCode;
            }
        }
    }

    public bool IsAlive
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(WorkerProcess));
                return _isSelf || IsRunning;
            }
        }
    }

    public bool IsRunning
    {
        get
        {
            lock (_gate)
            {
                return _handle is not null && !_exited.Task.IsCompleted;
            }
        }
    }

    public WaitHandle Sentinel
    {
        get
        {
            if (StartedHandle is null)
            {
                throw new InvalidOperationException();
            }

            lock (_gate)
            {
                return _sentinel ??= new ManualResetEvent(_exited.Task.IsCompleted);
            }
        }
    }

    public Task Exited
    {
        get
        {
            lock (_gate)
            {
                return ProcessId is not null && !_isSelf ? _exited.Task : throw NotStarted();
            }
        }
    }

    public Task JoinTask
    {
        get
        {
            if (_isSelf)
            {
                throw new InvalidOperationException("A process cannot join itself: only the process that started a worker can join it.");
            }

            return StartedHandle is not null ? _exited.Task : throw new InvalidOperationException();
        }
    }

    /// <summary>Blocks until the worker has ended, and sees that on this thread, which spares the way over the watch thread.</summary>
    /// <returns>False when the time was over first.</returns>
    public bool Join(TimeSpan timeout)
    {
        Task joined = JoinTask;
        ChildProcess child = StartedHandle.Child;
        Deadline deadline = Deadline.In(timeout);
        while (!joined.IsCompleted)
        {
            if (child.Wait(deadline.RemainingMilliseconds))
            {
                // Its callbacks have run, on whatever thread.
                joined.Wait();
            }
            else if (deadline.HasPassed)
            {
                return joined.IsCompleted;
            }
        }

        return true;
    }

    public WorkerHandle StartedHandle
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(WorkerProcess));
                return _handle ?? throw NotStarted();
            }
        }
    }

    public static WorkerProcessState Self(WorkerTarget? target) => new(target);

    public void SetDaemon(bool value)
    {
        lock (_gate)
        {
            if (_isSelf || ProcessId is not null)
            {
                throw new InvalidOperationException("Whether a worker is a daemon is settled when it starts.");
            }

            IsDaemon = value;
        }
    }

    public void Start(WorkerProcess process)
    {
        PickleWriter message = Launch(process);
        try
        {
            // What the worker logs comes after this.
            WorkerLog.WriteInfo(process, static p => $"started {p}");
        }
        finally
        {
            lock (_gate)
            {
                if (!_exited.Task.IsCompleted)
                {
                    _handle!.TrySend(message, []);
                }
            }
        }
    }

    /// <summary>Kills the worker if it runs; harmless while another thread does the same, or closes it.</summary>
    public bool TryKill()
    {
        WorkerHandle? handle;
        lock (_gate)
        {
            handle = _exited.Task.IsCompleted ? null : _handle;
        }

        handle?.Kill();
        return handle is not null;
    }

    public void Close()
    {
        lock (_gate)
        {
            if (_handle is not null && !_exited.Task.IsCompleted)
            {
                throw new InvalidOperationException(
                    $"Worker '{_name}' still runs and cannot be closed. Join, terminate or kill it first.");
            }

            if (_closed || _isSelf)
            {
                return;
            }

            _closed = true;
            _handle?.Dispose();
        }
    }

    public string Describe()
    {
        lock (_gate)
        {
            return this switch
            {
                { _closed: true } => "closed",
                { _isSelf: true } => $"pid {ProcessId}, current",
                { ProcessId: null } => "initial",
                { _exitCode: { } code } => $"pid {ProcessId}, exit code {code}",
                _ => $"pid {ProcessId}, started",
            };
        }
    }

    /// <summary>Starts the process, which then waits for the message.</summary>
    private PickleWriter Launch(WorkerProcess process)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(WorkerProcess));
            if (_isSelf || ProcessId is not null)
            {
                throw new InvalidOperationException("A worker process is started only once.");
            }

            // The message first: what cannot travel shall not cost a process.
            PickleWriter message = Encode(process);
            WorkerContext context = _options.Context ?? WorkerContext.Default;
            try
            {
                _handle = WorkerLimiter.Acquire(context, _options.EnvironmentVariables, _options.Limits, _name, 0);
            }
            catch
            {
                message.Undo();
                throw;
            }

            if (message.TakeUndo() is { } undo)
            {
                // What it was sent and has not taken up when it ends, nobody will: connections must not stay open for that.
                _handle.Child.OnExit(_ => undo());
            }

            ProcessId = _handle.Child.ProcessId;
            ChildProcesses.Add(process);
            _handle.Child.OnExit(exit => Finish(process, exit));
            return message;
        }
    }

    private static InvalidOperationException NotStarted() =>
        new("The worker process was not started, or is the current process.");

    private PickleWriter Encode(WorkerProcess process)
    {
        if (_options.WorkingDirectory is { } folder && !Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"The working directory '{folder}' of worker '{_name}' does not exist.");
        }

        PickleWriter writer = new();
        WorkerStart.WriteHeader(writer, _name, IsDaemon, _authKey, _options.WorkingDirectory);

        // Only a subclass goes itself; beside a target it would arrive as an empty shell.
        IsBeingSent = Target is null;
        try
        {
            WorkerJob.WriteWhole(writer, new ProcessJob(process));
        }
        finally
        {
            IsBeingSent = false;
        }

        return writer;
    }

    /// <summary>Runs on the exit-watch thread, while the worker's id still belongs to it.</summary>
    private void Finish(WorkerProcess process, ChildExit exit)
    {
        WorkerHandle handle = _handle!;
        int code = exit.Kind == ChildExitKind.Unknown
            ? handle.TakeReportedExitCode() ?? UnknownExitCode
            : exit.ExitCode ?? UnknownExitCode;
        lock (_gate)
        {
            _exitCode = code;
        }

        ChildProcesses.Remove(process);
        handle.Control.Dispose();
        try
        {
            // Before anybody is woken who could end the program or change the level.
            WorkerLog.WriteInfo(process, static p => $"{p} ended");
        }
        finally
        {
            lock (_gate)
            {
                _sentinel?.Set();
                _exited.TrySetResult();
            }
        }
    }
}
