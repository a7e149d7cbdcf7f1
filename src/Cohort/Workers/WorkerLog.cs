using Cohort.Workers;

namespace Cohort;

/// <summary>What the library says about its own work (Python: <c>multiprocessing.get_logger</c> and its levels).</summary>
/// <remarks>Silent until someone subscribes to <see cref="Written"/> or calls <see cref="LogToStandardError"/>. Workers inherit both the level and the latter.</remarks>
public static class WorkerLog
{
    /// <summary>No level set.</summary>
    public const int NotSet = 0;

    /// <summary>Finer than <see cref="Debug"/>.</summary>
    public const int SubDebug = 5;

    /// <summary>Details for the library's own developers.</summary>
    public const int Debug = 10;

    /// <summary>Starts and ends of processes.</summary>
    public const int Info = 20;

    /// <summary>Something unusual that the library dealt with.</summary>
    public const int SubWarning = 25;

    /// <summary>Something that its user should know.</summary>
    public const int Warning = 30;

    /// <summary>Something failed.</summary>
    public const int Error = 40;

    private static readonly Lock s_gate = new();
    private static int s_level = Warning;
    private static bool s_toStandardError;

    /// <summary>
    /// Gets each message at or above <see cref="Level"/>, on the thread that wrote it. What it throws comes out of
    /// <see cref="Write"/>, and is dropped where the library itself has something to say.
    /// </summary>
    public static event Action<int, string>? Written;

    /// <summary>The lowest level that is written.</summary>
    /// <value>The default is <see cref="Warning"/>.</value>
    public static int Level
    {
        get => Volatile.Read(ref s_level);
        set => Volatile.Write(ref s_level, value);
    }

    internal static bool GoesToStandardError => Volatile.Read(ref s_toStandardError);

    /// <summary>Writes messages to standard error from now on, as <c>[LEVEL/process name] message</c>.</summary>
    /// <param name="level">Sets <see cref="Level"/> as well, when given.</param>
    public static void LogToStandardError(int? level = null)
    {
        if (level is { } given)
        {
            Level = given;
        }

        Volatile.Write(ref s_toStandardError, true);
    }

    /// <summary>Writes a message at a level.</summary>
    /// <param name="level">One of the constants, or any number between.</param>
    /// <param name="message">The text.</param>
    public static void Write(int level, string message)
    {
        if (level < Level)
        {
            return;
        }

        Written?.Invoke(level, message);
        if (GoesToStandardError)
        {
            WriteToStandardError($"[{NameOf(level)}/{CurrentProcess.Name}] {message}");
        }
    }

    /// <summary>The library's own messages: a log must not fail what it tells of, which may be where an exception ends the process.</summary>
    internal static void Note(int level, string message)
    {
        try
        {
            Write(level, message);
        }
        catch (Exception)
        {
            // The handler's: a logger that is disposed by now, say.
        }
    }

    private static void WriteToStandardError(string line)
    {
        try
        {
            lock (s_gate)
            {
                Console.Error.WriteLine(line);
            }
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // Standard error is closed or was replaced by a broken writer.
        }
    }

    /// <summary>A message that is only put together when somebody wants it.</summary>
    internal static void WriteInfo(WorkerProcess process, Func<WorkerProcess, string> message)
    {
        if (Level <= Info)
        {
            Note(Info, message(process));
        }
    }

    private static string NameOf(int level) => level switch
    {
        SubDebug => "SUBDEBUG",
        Debug => "DEBUG",
        Info => "INFO",
        SubWarning => "SUBWARNING",
        Warning => "WARNING",
        Error => "ERROR",
        _ => $"Level {level}",
    };
}
