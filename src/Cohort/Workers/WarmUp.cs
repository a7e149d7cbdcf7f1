using System.Reflection;
using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>What a standby worker does before it says that it is up, so that its start message meets code that has run.</summary>
/// <remarks>
/// It rehearses whole lives: start messages like the real one, but for jobs without an effect, and all of an exit but the
/// end. The messages come from the parent: to write them takes code that most workers have no use for. What a rehearsal leaves
/// of an identity, the real start message replaces.
/// </remarks>
internal static class WarmUp
{
    /// <summary>What layers above add.</summary>
    public static Action<WorkerHandle>? More { get; set; }

    /// <summary>Parent: sends all that the worker rehearses with. One that is gone shows when it is waited for.</summary>
    /// <exception cref="IOException">A message could not be made or sent for want of memory or descriptors.</exception>
    public static void Send(WorkerHandle worker)
    {
        Send(worker, new ActionTarget(DoNothing));
        Send(worker, new ActionTarget<string>(DoNothing, ""));

        // Most jobs name a type of the program itself.
        Send(worker, new ActionTarget<Type?>(DoNothing, Assembly.GetEntryAssembly()?.EntryPoint?.DeclaringType));
        More!(worker);

        // Nothing: that was all.
        worker.TrySend(new PickleWriter(), []);
    }

    public static void Send(WorkerHandle worker, WorkerJob job, List<SafeFileHandle> handles)
    {
        PickleWriter writer = new();
        new WorkerStartMessage
        {
            Name = "standby",
            IsDaemon = false,
            AuthKey = new byte[32],
            ParentName = "standby",
            Ancestry = new WorkerAncestry(1, "standby"),
            WorkingDirectory = Directory.GetCurrentDirectory(),
            LogLevel = WorkerLog.Level,
            LogToStandardError = false,

            // Not the default: to ask for that would fix it.
            DefaultContext = WorkerContext.Spawn.Name,
        }.Write(writer);
        WorkerJob.WriteWhole(writer, job);
        worker.TrySend(writer, CollectionsMarshal.AsSpan(handles));
    }

    /// <summary>Worker: false when the parent is gone.</summary>
    public static bool Run(ControlSocket control)
    {
        List<SafeFileHandle> handles = [];
        while (WorkerMail.Receive(control, handles) is { } mail)
        {
            if (mail.Reader.Remaining == 0)
            {
                WorkerExit.Rehearse();
                WorkerProcess.ForgetCurrent();
                return true;
            }

            ReadJob(mail).Run(new WorkerSession(null!, null!, handles));
            handles = [];
        }

        return false;
    }

    private static WorkerJob ReadJob(WorkerMail mail)
    {
        using (mail)
        {
            CurrentProcess.Become(mail.Reader, OwnProcess.ParentId);
            return WorkerJob.ReadWhole(mail.Reader);
        }
    }

    private static void Send(WorkerHandle worker, WorkerTarget target) =>
        Send(worker, new ProcessJob(new WorkerProcess(WorkerProcessState.Self(target))), []);

    private static void DoNothing()
    {
        // Only ever called to have been called.
    }

    private static void DoNothing(string argument) => DoNothing();

    private static void DoNothing(Type? argument) => DoNothing();
}
