using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Sharing;

/// <summary>The Pythons of this machine, those that have shared memory (3.8 and later) apart, and how to run a script in one.</summary>
internal static class PythonInterpreter
{
    /// <summary>
    /// What every script starts with. Before 3.13 a process that only opens shared memory takes it for its own and unlinks it
    /// when it ends (and lists still do), so the scripts take back what Python noted.
    /// </summary>
    private const string Prelude = """
        import os, sys
        from multiprocessing import resource_tracker
        from multiprocessing.shared_memory import SharedMemory, ShareableList

        def untracked(shared):
            memory = getattr(shared, "shm", shared)
            resource_tracker.unregister(memory._name, "shared_memory")
            return shared

        """;

    private static readonly string[] s_versions = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];

    private static string Installed => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");

    /// <summary>One a version; a single null where there is none, so that the tests can say why they skip themselves.</summary>
    public static TheoryData<string?> All { get; } = [.. Find()];

    /// <summary>Runs a script that may use shared memory, which must succeed, and gives what it printed.</summary>
    public static async Task<string> RunAsync(string? python, string script, params IEnumerable<string> arguments)
    {
        Assert.SkipWhen(python is null, "there is no Python 3.8 or later on this machine");
        return await Pythons.RunAsync(python!, Prelude + script, arguments);
    }

    private static IEnumerable<string?> Find()
    {
        string[] found = Directory.Exists(Installed)
            ? [.. s_versions.SelectMany(version => Directory.EnumerateDirectories(Installed, version + ".*").Order(StringComparer.Ordinal).Take(1))
                .Select(static folder => Path.Combine(folder, "bin", "python3")).Where(File.Exists)]
            : Array.Empty<string>();
        return found.Length > 0 ? found : new[] { FindInPath() };
    }

    private static string? FindInPath()
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        {
            string path = Path.Combine(folder, "python3");
            if (Path.IsPathRooted(path) && File.Exists(path) && HasSharedMemory(path))
            {
                return path;
            }
        }

        return null;
    }

    private static bool HasSharedMemory(string python)
    {
        using ChildProcess probe = ProcessLauncher.Instance.Launch(new LaunchRequest
        {
            FileName = python,
            Arguments = [python, "-c", "import multiprocessing.shared_memory"],
        });
        return probe.Exit.Wait(Watchdog.Limit) && probe.Exit.Result.ExitCode == 0;
    }
}
