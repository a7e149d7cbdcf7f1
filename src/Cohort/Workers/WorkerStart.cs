using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>Writes the first part of every start message.</summary>
internal static class WorkerStart
{
    public static void WriteHeader(PickleWriter writer, string name, bool isDaemon, byte[] authKey, string? workingDirectory) =>
        new WorkerStartMessage
        {
            Name = name,
            IsDaemon = isDaemon,
            AuthKey = authKey,
            ParentName = CurrentProcess.Name,
            WorkingDirectory = Path.GetFullPath(workingDirectory ?? "."),
            LogLevel = WorkerLog.Level,
            LogToStandardError = WorkerLog.GoesToStandardError,
            DefaultContext = WorkerContext.Default.Name,
        }.Write(writer);
}
