using System.Reflection;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>How a worker ends: children settled, output flushed, then out by the shortest way.</summary>
internal static class WorkerExit
{
    /// <summary>The field behind the event.</summary>
    private static readonly FieldInfo? s_exitHandlers =
        typeof(AppDomain).GetField(nameof(AppDomain.ProcessExit), BindingFlags.NonPublic | BindingFlags.Instance);

    public static void Leave(int exitCode)
    {
        if (exitCode == 0)
        {
            exitCode = Environment.ExitCode;
        }

        ChildProcesses.Settle();
        AtExit.Run();
        Report(exitCode);
        FlushConsole();
        if (HasExitHandlers())
        {
            // Somebody asked to be told (ProcessExit): the runtime's own way, a millisecond slower.
            Environment.Exit(exitCode);
        }

        OwnProcess.Exit(exitCode);
    }

    /// <summary>Does what <see cref="Leave"/> does, but for leaving.</summary>
    public static void Rehearse()
    {
        ChildProcesses.Settle();
        AtExit.Run();
        FlushConsole();
        HasExitHandlers();
    }

    /// <summary>The parent may not get the kernel's status, when something else in it reaps children.</summary>
    private static void Report(int exitCode)
    {
        try
        {
            WorkerEntry.Session?.Control.Send(BitConverter.GetBytes(exitCode));
        }
        catch (IOException)
        {
            // The parent is gone: nobody to tell.
        }
    }

    /// <summary>Whether anybody but this library subscribed to <see cref="AppDomain.ProcessExit"/> in this process.</summary>
    internal static bool HasExitHandlers()
    {
        // Where a runtime keeps them elsewhere, assume that there are some: slower, but right.
        return s_exitHandlers is null
            || (s_exitHandlers.GetValue(AppDomain.CurrentDomain) is Delegate handlers
                && Array.Exists(handlers.GetInvocationList(), static h => h.Method.Module != typeof(WorkerExit).Module));
    }

    private static void FlushConsole()
    {
        // To touch Console when nobody has used it costs more than the rest of the exit.
        if (Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), static a => a.FullName?.StartsWith("System.Console,", StringComparison.Ordinal) == true))
        {
            Flush(static () => Console.Out);
            Flush(static () => Console.Error);
        }
    }

    private static void Flush(Func<TextWriter> stream)
    {
        try
        {
            stream().Flush();
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // The stream is closed, or the job put a writer of its own there, which may throw anything. That does not
            // change how the job ended.
        }
    }
}
