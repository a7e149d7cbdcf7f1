using Cohort.Interop;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>The parent's end of one worker process: the process itself and the socket to it.</summary>
internal sealed class WorkerHandle : IDisposable
{
    /// <summary>How long a new worker may take to come up before it counts as hung.</summary>
    private const int StartTimeoutMilliseconds = 60_000;

    private string? _reasonOfKill;

    private WorkerHandle(ChildProcess child, ControlSocket control)
    {
        Child = child;
        Control = control;
    }

    public ChildProcess Child { get; }

    public ControlSocket Control { get; }

    /// <summary>Whether it has said that it is up.</summary>
    public bool IsUp { get; private set; }

    /// <summary>A sentence on why this library has killed it, if that is worth one.</summary>
    public string? ReasonOfKill
    {
        get => Volatile.Read(ref _reasonOfKill);
        set => Volatile.Write(ref _reasonOfKill, value);
    }

    /// <summary>Starts a worker that then waits for its start message.</summary>
    /// <exception cref="IOException">The process could not be started.</exception>
    /// <exception cref="InvalidOperationException">This program cannot be started again as a worker.</exception>
    /// <param name="environmentVariables">What differs from this process's.</param>
    /// <param name="isStandby">It will wait for its job for some time.</param>
    /// <param name="outputs">Its standard output and standard error; null for this process's.</param>
    public static WorkerHandle Launch(
        IReadOnlyDictionary<string, string?>? environmentVariables, bool isStandby = false, SafeFileHandle[]? outputs = null)
    {
        EnsureWorkersCanEnter();
        (string fileName, string[] arguments) = EntryAssembly.Command;
        SafeFileHandle? family = DeathBell.Handle;
        Dictionary<string, string> environment = WorkerEnvironment.ForChild(
            environmentVariables, Environment.ProcessId, isStandby, hasFamily: family is not null);
        (ControlSocket ours, ControlSocket theirs) = ControlSocket.CreatePair();
        try
        {
            using (theirs)
            {
                ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest
                {
                    FileName = fileName,
                    Arguments = arguments,
                    Environment = environment,

                    // Its own session as well: when the parent dies, the kernel hangs up a group of the parent's session of
                    // which any process is stopped, and the worker could not end what is outside its group any more.
                    Group = LaunchGroup.NewSession,
                    Descriptors =
                    [
                        LaunchDescriptor.Null(0),
                        .. outputs?.Select(static (output, i) => LaunchDescriptor.FromHandle(output, i + 1)) ?? MissingOutputs(),
                        LaunchDescriptor.FromHandle(theirs.Handle, WorkerEnvironment.ControlDescriptor),
                        .. family is null ? [] : (LaunchDescriptor[])[LaunchDescriptor.FromHandle(family, WorkerEnvironment.FamilyDescriptor)],
                    ],
                });
                child.OnExit(static _ => DeathBell.NoteDeath());
                if (WorkerEnvironment.HasDiagnostics(environment))
                {
                    child.OnExit(_ => DiagnosticFiles.Remove(child.ProcessId));
                }

                return new WorkerHandle(child, ours);
            }
        }
        catch
        {
            ours.Dispose();
            throw;
        }
    }

    /// <summary>Tells the worker who it is and what it does. One that is gone already is left to the exit watch.</summary>
    /// <exception cref="IOException">The message could not be sent for want of memory or descriptors; the worker is killed.</exception>
    public void TrySend(PickleWriter message, ReadOnlySpan<SafeFileHandle> handles)
    {
        try
        {
            WorkerMail.Send(Control, message, handles);
        }
        catch (IOException gone) when (gone.HResult is Errno.EPIPE or Errno.ECONNRESET)
        {
            // It died before it took its message (or is in the middle of that); its exit status says how.
            Child.Signal(Signal.SIGKILL);
        }
        catch
        {
            // It would wait for ever for a message that did not come about.
            Kill();
            throw;
        }
    }

    /// <summary>Blocks until the worker has come up and waits for its start message.</summary>
    /// <exception cref="IOException">The worker ended instead.</exception>
    public void AwaitReady()
    {
        Span<byte> ready = stackalloc byte[16];
        if (Control.Receive(ready, null, StartTimeoutMilliseconds) == 0)
        {
            throw new IOException($"The worker process {Child.ProcessId} ended before it was ready ({Child.Exit.Result}).");
        }

        IsUp = true;
    }

    /// <summary>The exit code that the worker reported itself, for when the kernel's status went to somebody else.</summary>
    public int? TakeReportedExitCode()
    {
        Span<byte> report = stackalloc byte[16];
        try
        {
            int length;
            while ((length = Control.Receive(report, null, 0)) == 1)
            {
                // The word that it was up, which nobody waited for.
            }

            return length == sizeof(int) ? BitConverter.ToInt32(report) : null;
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or ObjectDisposedException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Ends the worker, and whatever it started that stayed in its process group, at once.</summary>
    public void Kill()
    {
        Child.KillGroupOnExit = true;
        Child.SignalGroup(Signal.SIGKILL);
        Child.Signal(Signal.SIGKILL);
    }

    public void Dispose()
    {
        Control.Dispose();
        Child.Dispose();
    }

    /// <summary>
    /// A worker without standard output would give that number to the next file it opens, and then print into it.
    /// </summary>
    private static IEnumerable<LaunchDescriptor> MissingOutputs()
    {
        for (int fd = 1; fd <= 2; fd++)
        {
            if (!OpenDescriptors.IsInheritable(fd))
            {
                yield return LaunchDescriptor.Null(fd);
            }
        }
    }

    private static void EnsureWorkersCanEnter()
    {
        if (WorkerEnvironment.TryRead(out _))
        {
            throw new InvalidOperationException(
                "This process was started as a worker, but Cohort's startup hook did not run before Main. Call " +
                "WorkerProcess.RunIfWorker() as the first statement of Main.");
        }

        if (!EntryAssembly.SupportsStartupHooks && !WorkerEntry.WasAsked)
        {
            throw new InvalidOperationException(
                "Startup hooks are off in this program (StartupHookSupport=false, as in trimmed programs), so a worker would " +
                "run Main again. Call WorkerProcess.RunIfWorker() as the first statement of Main.");
        }
    }
}
