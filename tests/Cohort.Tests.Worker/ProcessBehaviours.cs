using System.Collections;
using System.Globalization;
using System.Text.Json;
using Cohort.Interop;
using Cohort.Platform;

namespace Cohort.Tests.Worker;

/// <summary>What one process does by itself.</summary>
internal static class ProcessBehaviours
{
    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["exit"] = static args => Number(args[0]),
        ["_exit"] = static args => QuickExit(Number(args[0])),
        ["signal"] = static args => SignalSelf(Number(args[0])),
        ["describe"] = Describe,
        ["forever"] = static _ => Forever("ready"),
        ["forbid-processes"] = static _ => ForbidProcesses(),
    };

    /// <summary>Prints one line and then does nothing until it is killed.</summary>
    public static int Forever(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>Says what it could start before and after it gave up the right to.</summary>
    private static int ForbidProcesses()
    {
        LaunchRequest request = new() { FileName = "/bin/true", Arguments = ["true"] };
        using (ChildProcess child = ProcessLauncher.Instance.Launch(request))
        {
            Console.WriteLine($"before: {child.Exit.Result.ExitCode}");
        }

        Console.WriteLine($"forbidden: {ProcessCreation.TryForbid()}");
        try
        {
            ProcessLauncher.Instance.Launch(request).Dispose();
            Console.WriteLine("after: started");
        }
        catch (IOException exception)
        {
            Console.WriteLine($"after: errno {exception.HResult}");
        }

        string thread = "did not run";
        Thread started = new(() => thread = "ran");
        started.Start();
        started.Join();
        Console.WriteLine($"thread: {thread}");
        return 0;
    }

    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int QuickExit(int code)
    {
        Libc.Exit(code);
        return 0;
    }

    private static int SignalSelf(int signal)
    {
        Libc.Kill(Libc.GetPid(), signal);
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>Prints as JSON what the process finds itself in.</summary>
    private static int Describe(string[] args)
    {
        Dictionary<string, string> environment = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string)variable.Value!;
        }

        Console.Out.Write(JsonSerializer.Serialize(new Description(
            Libc.GetPid(),
            Libc.GetPPid(),
            Libc.GetPGid(0),
            Libc.GetSid(0),
            Environment.CurrentDirectory,
            args,
            environment,
            OpenDescriptors.Inheritable().ToArray())));
        return 0;
    }
}
