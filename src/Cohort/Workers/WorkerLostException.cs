namespace Cohort;

/// <summary>A worker process ended while it ran a task, so the task has no result.</summary>
/// <remarks>Python has no such error: a <c>Pool</c> whose worker dies hangs.</remarks>
public sealed class WorkerLostException : CohortException
{
    internal WorkerLostException(string workerName, int processId, int? exitCode, string? taskDescription, string? reasonOfKill = null)
        : base(Describe(workerName, processId, exitCode, taskDescription, reasonOfKill))
    {
        WorkerName = workerName;
        ProcessId = processId;
        ExitCode = exitCode;
        TaskDescription = taskDescription;
    }

    /// <summary>The worker's name.</summary>
    public string WorkerName { get; }

    /// <summary>The process id that the worker had.</summary>
    public int ProcessId { get; }

    /// <summary>The code that it exited with, or −N when signal N ended it; null when another reaper took the status.</summary>
    public int? ExitCode { get; }

    /// <summary>The signal that ended it; null when it exited by itself.</summary>
    public int? Signal => ExitCode < 0 ? -ExitCode : null;

    /// <summary>The function that it was running.</summary>
    public string? TaskDescription { get; }

    private static string Describe(string workerName, int processId, int? exitCode, string? taskDescription, string? reasonOfKill)
    {
        string end = exitCode switch
        {
            null => "ended in an unknown way",
            < 0 => $"was ended by {Platform.Signal.NameOf(-exitCode.Value)}",
            _ => $"exited with code {exitCode}",
        };
        string hint = exitCode switch
        {
            -Platform.Signal.SIGKILL when reasonOfKill is not null => " " + reasonOfKill,
            -Platform.Signal.SIGKILL => " Probable causes: it was killed, by somebody or for want of memory.",
            -Platform.Signal.SIGSEGV or -Platform.Signal.SIGABRT => " Probable causes: native code crashed, the stack overflowed, or an exception was unhandled on a thread of its own.",
            >= 0 => " Probable cause: the function ended the process.",
            _ => "",
        };
        return $"Worker {workerName}#{processId} {end} while it ran {taskDescription ?? "a task"}.{hint}";
    }
}
