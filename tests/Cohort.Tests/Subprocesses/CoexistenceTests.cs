using System.Diagnostics;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Commands beside the framework's own processes, in odd surroundings, and in great numbers.</summary>
public sealed partial class CoexistenceTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Run_BesideTheFrameworksProcesses_NeitherTakesTheOthersStatus()
    {
        const int Each = 100;
        Task ours = Watchdog.Run(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                Assert.Equal(i, Subprocess.Call(Subprocess.Shell($"exit {i}")));
            }
        });
        Task theirs = Watchdog.Run(() =>
        {
            for (int i = 0; i < 2 * Each; i++)
            {
                using Process process = Process.Start("/bin/sh", ["-c", $"exit {i}"]);
                process.WaitForExit();
                Assert.Equal(i, process.ExitCode);
            }
        });
        for (int i = 0; i < Each; i++)
        {
            Assert.Equal(i, await Subprocess.CallAsync(Subprocess.Shell($"exit {i}")).Watched());
        }

        await Task.WhenAll(ours, theirs).Watched();
    }

    [Fact]
    public void Run_AllThreeStandardStreamsClosedHere_WorksAllTheSame()
    {
        using TemporaryFolder folder = new();
        string note = folder.PathOf("note");
        using WorkerProcess worker = WorkerProcess.Start(RunWithAllClosed, note);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
        Assert.Equal("apple-ok", File.ReadAllText(note));
    }

    [Fact]
    public void Run_SigchldIgnored_EndsAllTheSame() => InWorker(RunWithSigchldIgnored);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_StandardStreamClosedHere_CommandHasAllThree(int number)
    {
        using TemporaryFolder folder = new();
        string note = folder.PathOf("note");
        using WorkerProcess worker = WorkerProcess.Start(RunWithClosed, number, note);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
        Assert.Equal("apple-ok", File.ReadAllText(note));
    }

    [Fact(Timeout = 60_000)]
    public async Task RunAsync_ThousandSleepers_NeedNoThreadEach()
    {
        int threads = 0;
        await Watchdog.Run(async () =>
        {
            List<Task<CompletedSubprocess>> sleepers = [];
            for (int i = 0; i < 1000; i++)
            {
                sleepers.Add(Subprocess.RunAsync(["sleep", "0.2"]));
            }

            threads = Directory.GetDirectories("/proc/self/task").Length;
            Assert.All(await Task.WhenAll(sleepers), static result => Assert.Equal(0, result.ReturnCode));
        }).Unwrap().Watched();

        Assert.InRange(threads, 1, 150);
    }

    [Fact(Timeout = 60_000)]
    public async Task Start_Forgotten_IsReapedAllTheSame()
    {
        int pidfds = Pidfds();
        int pid = StartAndForget();
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{pid}"));

        // Its descriptor goes with the object, which the watch thread may have on its stack until it sees another end.
        await Subprocess.CallAsync(["true"]).Watched();
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Pidfds() <= pidfds;
        });
    }

    private static int Pidfds() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Count(static path => new FileInfo(path).LinkTarget == "anon_inode:[pidfd]");

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static int StartAndForget() => Subprocess.Start(["true"]).ProcessId;

    private static void InWorker(Action body)
    {
        using WorkerProcess worker = WorkerProcess.Start(body);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
    }

    private static void RunWithSigchldIgnored()
    {
        const nint SIG_IGN = 1;
        Assert.NotEqual(-1, SetSignal(Signal.SIGCHLD, SIG_IGN));
        for (int i = 0; i < 20; i++)
        {
            CompletedSubprocess result = Subprocess.Run(["echo", "out"], new() { CaptureOutput = true }, Watchdog.Limit);
            Assert.Equal("out\n", result.Output);
            Assert.False(result.IsStatusKnown);
            Assert.Equal(255, result.ReturnCode);
            Assert.Equal(255, Subprocess.CallAsync(["true"]).WaitAsync(Watchdog.Limit).GetAwaiter().GetResult());
        }
    }

    private static void RunWithAllClosed(string note)
    {
        Libc.Close(0);
        Libc.Close(1);
        RunWithClosed(2, note);
    }

    private static void RunWithClosed(int number, string note)
    {
        Libc.Close(number);

        // Inherited ones are all open in the command, and pipes get through whatever their numbers here are.
        string open = Subprocess.CheckOutput(Subprocess.Shell("[ -e /proc/$$/fd/0 ] && [ -e /proc/$$/fd/1 ] && [ -e /proc/$$/fd/2 ] && printf ok"), null, Watchdog.Limit);
        CompletedSubprocess result = Subprocess.Run(
            Subprocess.Shell("cat; printf ' err' >&2"), new() { StandardInput = Redirect.Text("apple"), CaptureOutput = true }, Watchdog.Limit);
        File.WriteAllText(note, $"{result.Output}-{open}{(result.ErrorOutput == " err" ? "" : result.ErrorOutput)}");
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);
}
