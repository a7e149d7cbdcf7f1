using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>Removes what a .NET process that ends abruptly leaves in the temporary directory.</summary>
/// <remarks>
/// The runtime makes a socket and two pipes for debuggers and tracers there and removes them in an orderly shutdown only.
/// Their names hold the process id and start time, so they are known exactly as long as the zombie is not reaped.
/// </remarks>
internal static class DiagnosticFiles
{
    public static void Remove(int processId)
    {
        if (ProcessIdentity.Of(processId) is not { } identity)
        {
            return;
        }

        string suffix = $"{identity.ProcessId}-{identity.StartTime}";
        foreach (string name in (string[])[$"dotnet-diagnostic-{suffix}-socket", $"clr-debug-pipe-{suffix}-in", $"clr-debug-pipe-{suffix}-out"])
        {
            try
            {
                File.Delete(Path.Combine(Path.GetTempPath(), name));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                WorkerLog.Note(WorkerLog.SubWarning, $"{name} could not be removed: {exception.Message}");
            }
        }
    }
}
