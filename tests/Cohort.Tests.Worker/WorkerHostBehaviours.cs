using System.Diagnostics;
using System.Globalization;

namespace Cohort.Tests.Worker;

/// <summary>Programs that start workers and then end, in one way or another.</summary>
internal static class WorkerHostBehaviours
{
    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["host-waits-for"] = static args => StartAndReturn(args[0]),
        ["host-leaves-daemon"] = static args => LeaveDaemon(args[0]),
        ["host-exits-beside"] = static args => ExitBeside(args[0]),
        ["host-stays"] = static args => Stay(args[0]),
        ["host-fails"] = static _ => FailInWorker(),
        ["host-output"] = static args => WriteFilesInWorker(args[0]),
        ["host-logs"] = static _ => Log(),
    };

    /// <summary>Returns from Main with 3 at once.</summary>
    private static int StartAndReturn(string folder)
    {
        WorkerProcess worker = WorkerProcess.Start(WaitForLeave, folder, new WorkerOptions { IsDaemon = false });
        AwaitUp(worker, folder);
        return 3;
    }

    /// <summary>Returns from Main with 3, which kills the daemon, when somebody has seen that.</summary>
    private static int LeaveDaemon(string folder)
    {
        WorkerProcess worker = WorkerProcess.Start(WaitForLeave, folder, new WorkerOptions { IsDaemon = true });
        AwaitUp(worker, folder);
        while (!File.Exists(Path.Combine(folder, "seen")))
        {
            Thread.Sleep(5);
        }

        return 3;
    }

    /// <summary>As <see cref="StartAndReturn"/>, but by Environment.Exit from another thread.</summary>
    private static int ExitBeside(string folder)
    {
        WorkerProcess worker = WorkerProcess.Start(WaitForLeave, folder);
        AwaitUp(worker, folder);
        new Thread(static () => Environment.Exit(4)).Start();
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static int Stay(string folder)
    {
        WorkerProcess worker = WorkerProcess.Start(WaitForLeave, folder);
        AwaitUp(worker, folder);
        return ProcessBehaviours.Forever("staying");
    }

    private static void AwaitUp(WorkerProcess worker, string folder)
    {
        while (!File.Exists(Path.Combine(folder, "up")))
        {
            if (worker.TryJoin(TimeSpan.FromMilliseconds(5)))
            {
                throw new InvalidOperationException($"{worker} has ended before its time.");
            }
        }

        Console.Out.WriteLine(worker.ProcessId);
        Console.Out.Flush();
    }

    /// <summary>In the worker: starts a process of its own, says so, and works until it may leave.</summary>
    private static void WaitForLeave(string folder)
    {
        using Process sleeper = Process.Start("sleep", "1000");
        File.WriteAllText(Path.Combine(folder, "up.tmp"), sleeper.Id.ToString(CultureInfo.InvariantCulture));
        File.Move(Path.Combine(folder, "up.tmp"), Path.Combine(folder, "up"));
        while (!File.Exists(Path.Combine(folder, "leave")))
        {
            Thread.Sleep(5);
        }

        sleeper.Kill();
        sleeper.WaitForExit();
        File.WriteAllText(Path.Combine(folder, "left"), "");
    }

    private static int FailInWorker()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => Divide(1, 0), new WorkerOptions { Name = "Unlucky" });
        worker.Join();
        Console.Out.WriteLine($"exit code {worker.ExitCode}");
        return 0;
    }

    private static void Divide(int dividend, int divisor) => Console.Out.WriteLine(dividend / divisor);

    /// <summary>A worker of a program without standard output prints, and what it prints must not land in its files.</summary>
    private static int WriteFilesInWorker(string folder)
    {
        using WorkerProcess worker = WorkerProcess.Start(
            static path =>
            {
                using FileStream one = File.Create(Path.Combine(path, "one"));
                using FileStream two = File.Create(Path.Combine(path, "two"));
                for (int i = 0; i < 100; i++)
                {
                    Console.Out.WriteLine("printed");
                    Console.Error.WriteLine("printed");
                }

                one.Write("1"u8);
                two.Write("2"u8);
            },
            folder);
        return worker.TryJoin(TimeSpan.FromSeconds(30)) ? worker.ExitCode!.Value : 75;
    }

    private static int Log()
    {
        WorkerLog.LogToStandardError(WorkerLog.Info);
        using WorkerProcess worker = WorkerProcess.Start(static () => WorkerLog.Write(WorkerLog.Info, "at work"), new WorkerOptions { Name = "Ada" });
        worker.Join();
        WorkerLog.Level = WorkerLog.Error;
        using WorkerProcess silent = WorkerProcess.Start(static () => WorkerLog.Write(WorkerLog.Warning, "unheard"), new WorkerOptions { Name = "Grace" });
        silent.Join();
        WorkerLog.Write(25, "unheard");
        WorkerLog.Write(45, "between");
        return 0;
    }
}
