using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>What a standby worker does before it says that it is up, so that its start message meets compiled code.</summary>
/// <remarks>It goes the way of a real start, with a message to itself: the same codec, the same socket, the same thread.</remarks>
internal static class WarmUp
{
    public static void Run()
    {
        PickleWriter writer = new();
        new WorkerStartMessage
        {
            Name = "warm-up",
            IsDaemon = false,
            AuthKey = new byte[32],
            ParentName = "warm-up",
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
            WorkerStartMessage.Read(mail.Reader);
            WorkerJob.ReadWhole(mail.Reader);
        }

        Thread thread = new(DoNothing, 128 * 1024);
        thread.Start();
        thread.Join();
    }

    private static void DoNothing()
    {
        // Only ever called to have been called.
    }
}
