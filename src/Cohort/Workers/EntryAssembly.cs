using System.Reflection;
using System.Text;

namespace Cohort.Workers;

/// <summary>How this very program is started again: by the same host, with the same entry assembly.</summary>
internal static class EntryAssembly
{
    private static readonly Lazy<(string FileName, string[] Arguments)> s_command = new(FindCommand);

    /// <summary>The executable and the whole argument vector, argument 0 included.</summary>
    /// <exception cref="InvalidOperationException">The program cannot be started again from here.</exception>
    public static (string FileName, string[] Arguments) Command => s_override ?? s_command.Value;

    private static (string, string[])? s_override;

    /// <summary>Whether the runtime will call <see cref="StartupHook"/> in a child of this program.</summary>
    public static bool SupportsStartupHooks =>
        !AppContext.TryGetSwitch("System.StartupHookProvider.IsSupported", out bool supported) || supported;

    /// <summary>How DOTNET_STARTUP_HOOKS names Cohort: by path, or by name where it is bundled in the executable.</summary>
    /// <remarks>A name costs the runtime a check of its characters, whose vector code is compiled for that: 3 ms of a start.</remarks>
    public static string HookReference
    {
        get
        {
            Assembly cohort = typeof(EntryAssembly).Assembly;
            string location = cohort.Location;
            return location.Length == 0 || location.Contains(Path.PathSeparator, StringComparison.Ordinal)
                ? cohort.GetName().Name!
                : location;
        }
    }

    /// <summary>Uses another executable to start workers, as a program that is hosted unusually may have to.</summary>
    public static void SetExecutable(string fileName) => s_override = (fileName, [fileName]);

    private static (string FileName, string[] Arguments) FindCommand()
    {
        string host = Environment.ProcessPath
            ?? throw new InvalidOperationException("The path of this process's executable is unknown, so no worker can be started.");
        if (!Path.GetFileNameWithoutExtension(host.AsSpan()).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            return (host, [host]);
        }

        string entry = Assembly.GetEntryAssembly()?.Location ?? "";
        if (entry.Length == 0)
        {
            throw new InvalidOperationException(
                "The entry assembly of this program is unknown (a native host loaded the runtime), so no worker can be " +
                "started. Set WorkerContext.SetExecutable to a program that calls WorkerProcess.RunIfWorker() in Main.");
        }

        return (host, [host, .. HostOptions(ReadCommandLine(), entry), entry]);
    }

    /// <summary>The host's own options (exec, --depsfile, --runtimeconfig, ...) stand before the managed program.</summary>
    private static IEnumerable<string> HostOptions(string[] commandLine, string entry)
    {
        string entryName = Path.GetFileName(entry);
        int program = Array.FindIndex(commandLine, 1, argument =>
            string.Equals(Path.GetFileName(argument), entryName, StringComparison.Ordinal)
            && !argument.StartsWith('-'));
        for (int i = 1; i < program; i++)
        {
            string argument = commandLine[i];
            bool isFile = i > 1 && commandLine[i - 1].StartsWith("--", StringComparison.Ordinal) && File.Exists(argument);
            yield return isFile ? Path.GetFullPath(argument) : argument;
        }
    }

    private static string[] ReadCommandLine()
    {
        string raw = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline"));
        return raw.TrimEnd('\0').Split('\0');
    }
}
