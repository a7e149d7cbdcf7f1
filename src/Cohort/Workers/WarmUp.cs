using System.Reflection;
using Cohort.Platform;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>What a standby worker does before it says that it is up, so that its start message meets code that has run.</summary>
/// <remarks>
/// It rehearses a whole life with a message to itself: the same codec, the same kind of socket, job and exit, each but for
/// its effect. What the rehearsal leaves of an identity, the real start message replaces.
/// </remarks>
internal static class WarmUp
{
    /// <summary>What layers above add to the rehearsal.</summary>
    public static Action? More { get; set; }

    public static void Run()
    {
        Rehearse(new ActionTarget(DoNothing));
        Rehearse(new ActionTarget<string>(DoNothing, ""));
        ReadEntryAssembly();
        More?.Invoke();
        WorkerExit.Rehearse();
        WorkerProcess.ForgetCurrent();
    }

    private static void Rehearse(WorkerTarget target) =>
        Rehearse(new ProcessJob(new WorkerProcess(WorkerProcessState.Self(target))), []).Run(null!);

    /// <summary>Sends a job with handles to this process itself and takes it up.</summary>
    internal static WorkerJob Rehearse(WorkerJob job, List<SafeFileHandle> handles)
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
            DefaultContext = WorkerContext.Default.Name,
        }.Write(writer);
        WorkerJob.WriteWhole(writer, job);

        (ControlSocket one, ControlSocket other) = ControlSocket.CreatePair();
        using (one)
        using (other)
        {
            WorkerMail.Send(one, writer, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(handles));
            handles.Clear();
            using WorkerMail mail = WorkerMail.Receive(other, handles)!;
            WorkerStartMessage start = WorkerStartMessage.Read(mail.Reader);
            CurrentProcess.Become(start, OwnProcess.ParentId);
            Directory.SetCurrentDirectory(start.WorkingDirectory);
            return WorkerJob.ReadWhole(mail.Reader);
        }
    }

    /// <summary>Most jobs name a type of the program itself.</summary>
    private static void ReadEntryAssembly()
    {
        if (Assembly.GetEntryAssembly()?.EntryPoint?.DeclaringType is { } program)
        {
            Pickle.Loads<Type>(Pickle.Dumps(program));
        }
    }

    private static void DoNothing()
    {
        // Only ever called to have been called.
    }

    private static void DoNothing(string argument) => DoNothing();
}
