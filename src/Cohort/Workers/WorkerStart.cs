using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>Writes the first part of every start message.</summary>
internal static class WorkerStart
{
    /// <summary>The whole path: this process may be elsewhere when the next worker is started.</summary>
    /// <exception cref="DirectoryNotFoundException">It does not exist.</exception>
    public static string? CheckedFolder(string? workingDirectory) => workingDirectory is null
        ? null
        : Directory.Exists(workingDirectory)
        ? Path.GetFullPath(workingDirectory)
        : throw new DirectoryNotFoundException($"The working directory '{workingDirectory}' for workers does not exist.");

    /// <exception cref="InvalidOperationException">This process is a worker of a worker of a worker, and so on, to the limit.</exception>
    public static void WriteHeader(PickleWriter writer, string name, bool isDaemon, byte[] authKey, string? workingDirectory)
    {
        WorkerAncestry ancestry = CurrentProcess.Ancestry.ForChild(CurrentProcess.Name);
        new WorkerStartMessage
        {
            Ancestry = ancestry,
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
}
