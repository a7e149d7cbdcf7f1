using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>Who this process is among workers: the main process until it takes up a start message.</summary>
internal static class CurrentProcess
{
    private static int s_childCount;
    private static Lazy<byte[]> s_authKey = new(static () => OwnProcess.GetRandomBytes(32));

    public static string Name { get; set; } = "MainProcess";

    public static bool IsDaemon { get; private set; }

    /// <summary>The parent of this worker; null in the main process.</summary>
    public static ParentProcess? Parent { get; private set; }

    /// <summary>Of which workers this process is the worker.</summary>
    public static WorkerAncestry Ancestry { get; private set; }

    /// <summary>The secret of this family of processes.</summary>
    public static byte[] AuthKey
    {
        get => s_authKey.Value;
        set => s_authKey = new Lazy<byte[]>(value);
    }

    /// <summary>The default name of the next child: Worker-1, and Worker-1:2 for the second child of that.</summary>
    public static string NextChildName()
    {
        int number = Interlocked.Increment(ref s_childCount);
        return Parent is null ? $"Worker-{number}" : $"{Name}:{number}";
    }

    /// <summary>Reads who this process is to be, and is that. What follows in the message is its job.</summary>
    /// <param name="message">A start message.</param>
    /// <param name="parentProcessId">Who sent it.</param>
    public static WorkerStartMessage Become(PickleReader message, int parentProcessId)
    {
        WorkerStartMessage start = WorkerStartMessage.Read(message);
        Name = start.Name;
        IsDaemon = start.IsDaemon;
        AuthKey = start.AuthKey;
        Ancestry = start.Ancestry;
        Parent = new ParentProcess(start.ParentName, parentProcessId);
        WorkerLog.Level = start.LogLevel;
        if (start.LogToStandardError)
        {
            WorkerLog.LogToStandardError();
        }

        WorkerContext.Inherit(start.DefaultContext);
        Directory.SetCurrentDirectory(start.WorkingDirectory);
        return start;
    }
}
