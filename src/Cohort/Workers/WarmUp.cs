using System.Reflection;
using Cohort.Platform;
using Cohort.Serializing;

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
        PickleWriter writer = new();
        new WorkerStartMessage
        {
            Name = "standby",
            IsDaemon = false,
            AuthKey = new byte[32],
            ParentName = "standby",
            WorkingDirectory = Directory.GetCurrentDirectory(),
            LogLevel = WorkerLog.Level,
            LogToStandardError = false,
            DefaultContext = WorkerContext.Default.Name,
        }.Write(writer);
        WorkerJob.WriteWhole(writer, new ProcessJob(new WorkerProcess(WorkerProcessState.Self(new ActionTarget(DoNothing)))));

        (ControlSocket one, ControlSocket other) = ControlSocket.CreatePair();
        using (one)
        using (other)
        {
            WorkerMail.Send(one, writer, []);
            using WorkerMail mail = WorkerMail.Receive(other, [])!;
            WorkerStartMessage start = WorkerStartMessage.Read(mail.Reader);
            CurrentProcess.Become(start, OwnProcess.ParentId);
            Directory.SetCurrentDirectory(start.WorkingDirectory);
            WorkerSession session = new(other, start, []);
            WorkerJob.ReadWhole(mail.Reader).Run(session);
        }

        ParentWatch.PrepareThread();
        ReadEntryAssembly();
        More?.Invoke();
        WorkerExit.Rehearse();
        WorkerProcess.ForgetCurrent();
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
}
