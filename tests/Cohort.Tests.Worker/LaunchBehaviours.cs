using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Worker;

/// <summary>Processes that start others.</summary>
internal static partial class LaunchBehaviours
{
    private const int LaunchFailed = 70;
    private const int Leaked = 71;
    private const nint SigIgn = 1;

    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["spawn-and-stay"] = static _ => SpawnSleeper(stay: true),
        ["spawn-and-exit"] = static _ => SpawnSleeper(stay: false),
        ["launch-with-sigchld-ignored"] = static _ => LaunchWithoutStatus(),
        ["launch-without-descriptors"] = static _ => LaunchWithoutDescriptors(),
    };

    private static LaunchRequest Sleeper => new() { FileName = "sleep", Arguments = ["sleep", "1000"] };

    private static int SpawnSleeper(bool stay)
    {
        ChildProcess child = ProcessLauncher.Instance.Launch(Sleeper);
        string line = child.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (stay)
        {
            return ProcessBehaviours.Forever(line);
        }

        Console.Out.WriteLine(line);
        return 0;
    }

    /// <summary>With SIGCHLD ignored the kernel reaps, and no status is left.</summary>
    private static int LaunchWithoutStatus()
    {
        SetSignalHandler(Signal.SIGCHLD, SigIgn);
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "false", Arguments = ["false"] });
        ChildExit exit = child.Exit.WaitAsync(TimeSpan.FromSeconds(20)).GetAwaiter().GetResult();
        return exit is { Kind: ChildExitKind.Unknown, ExitCode: null } ? 0 : LaunchFailed;
    }

    /// <summary>
    /// Uses up all descriptors and gives them back one by one until a launch succeeds: whichever step was the first to
    /// lack one, the fault must be EMFILE and leave nothing.
    /// </summary>
    private static int LaunchWithoutDescriptors()
    {
        using SafeFileHandle input = Libc.Open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC);
        LaunchRequest request = Sleeper with
        {
            Descriptors = [LaunchDescriptor.FromHandle(input, 0), LaunchDescriptor.FromHandle(input, 1)],
        };
        Kill(ProcessLauncher.Instance.Launch(request));
        List<string> faults = [];

        // The runtime opens and closes descriptors of its own now and then, so that one round may miss a step.
        for (int round = 0; round < 10; round++)
        {
            LaunchUntilThereAreEnough(request, faults);
        }

        bool hasChildren = ProcessTree.DescendantsOf(Libc.GetPid()).Count > 0;
        faults.ForEach(Console.Out.WriteLine);
        return hasChildren ? Leaked : 0;
    }

    private static void LaunchUntilThereAreEnough(LaunchRequest request, List<string> faults)
    {
        Stack<SafeFileHandle> fillers = new();
        SafeFileHandle filler = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        while (!filler.IsInvalid)
        {
            fillers.Push(filler);
            filler = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        }

        while (fillers.TryPop(out SafeFileHandle? given))
        {
            try
            {
                Kill(ProcessLauncher.Instance.Launch(request));
                given.Dispose();
                break;
            }
            catch (IOException e) when (e.HResult == Errno.EMFILE)
            {
                faults.Add(e.Message);
                given.Dispose();
            }
        }

        while (fillers.TryPop(out SafeFileHandle? left))
        {
            left.Dispose();
        }
    }

    private static void Kill(ChildProcess child)
    {
        using (child)
        {
            child.Signal(Signal.SIGKILL);

            // Not by timer or thread pool: the runtime ends the process when it lacks descriptors for a pool thread.
            if (!child.Exit.Wait(TimeSpan.FromSeconds(20)))
            {
                throw new TimeoutException($"{child} did not end");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignalHandler(int signal, nint handler);
}
