using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Subprocesses;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>A start that fails says why, and leaves nothing behind.</summary>
public sealed class StartFaultTests : IDisposable
{
    private static readonly SubprocessOptions s_pipes = new()
    {
        StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe, StandardError = Redirect.Pipe,
    };

    private readonly Leaks _before = Leaks.Snapshot();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Leaks.AssertNone(_before);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData("cohort-nowhere")]
    public void Start_NoSuchProgram_NamesIt(string name)
    {
        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => Subprocess.Start([name], s_pipes));
        Assert.Equal(name, fault.FileName);
        Assert.Throws<FileNotFoundException>(() => Subprocess.Start(["true"], s_pipes with { Executable = name }));
    }

    [Fact]
    public void Start_NoSuchDirectory_NamesIt()
    {
        DirectoryNotFoundException fault = Assert.Throws<DirectoryNotFoundException>(
            static () => Subprocess.Start(["true"], s_pipes with { WorkingDirectory = "/nowhere/dir" }));
        Assert.Contains("/nowhere/dir", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_NotExecutable_SaysSo()
    {
        string plain = _folder.Write("plain", "x");
        Assert.Contains("EACCES", Assert.Throws<IOException>(() => Subprocess.Start([plain], s_pipes)).Message, StringComparison.Ordinal);
        string noise = _folder.WriteScript("noise", "\u0001 no program");
        Assert.Contains("ENOEXEC", Assert.Throws<IOException>(() => Subprocess.Start([noise], s_pipes)).Message, StringComparison.Ordinal);
        string orphan = _folder.WriteScript("orphan", "#!/nowhere/shell\n");
        Assert.Contains("interpreter", Assert.Throws<FileNotFoundException>(() => Subprocess.Start([orphan], s_pipes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_TenMegabytesOfArguments_IsRefusedByTheKernel()
    {
        IOException fault = Assert.Throws<IOException>(
            static () => Subprocess.Start(["true", .. Enumerable.Repeat(new string('x', 100_000), 100)], s_pipes));
        Assert.Equal(Errno.E2BIG, fault.HResult);
    }

    [Fact]
    public void Start_ImpossibleTexts_AreRefused()
    {
        Assert.Throws<ArgumentException>(static () => Subprocess.Start([], s_pipes));
        Assert.Throws<ArgumentException>(static () => Subprocess.Start([""], s_pipes));
        Assert.Throws<ArgumentNullException>(static () => Subprocess.Start(null!, s_pipes));
        Assert.ThrowsAny<ArgumentException>(static () => Subprocess.Start(["true", null!], s_pipes));
        Assert.Throws<ArgumentException>(static () => Subprocess.Start(["true\0"], s_pipes));
        Assert.Throws<ArgumentException>(static () => Subprocess.Start(["true", "a\0b"], s_pipes));
        Assert.Throws<ArgumentException>(static () => Subprocess.Start(["true"], s_pipes with { WorkingDirectory = "/u\0sr" }));
        foreach ((string name, string value) in new[] { ("A\0B", "x"), ("A", "x\0y"), ("A=B", "x"), ("", "x") })
        {
            Assert.Throws<ArgumentException>(
                () => Subprocess.Start(["true"], s_pipes with { Environment = new Dictionary<string, string?> { [name] = value } }));
        }
    }

    [Fact]
    public void Start_ClosedHandle_IsRefused()
    {
        SafeFileHandle closed = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Subprocess.Start(["true"], s_pipes with { StandardInput = Redirect.Handle(closed) }));
        Assert.Throws<ObjectDisposedException>(
            () => Subprocess.Start(["true"], s_pipes with { PassedHandles = new Dictionary<int, SafeHandle> { [5] = closed } }));
    }

    [Fact]
    public void Start_ContradictorySettings_AreRefused()
    {
        static void Refused(SubprocessOptions options) => Assert.ThrowsAny<ArgumentException>(() => Subprocess.Start(["true"], options));
        Refused(new() { NewSession = true, ProcessGroup = 0 });
        Refused(new() { ProcessGroup = -1 });
        Refused(new() { ControllingTerminal = "/dev/tty" });
        Refused(new() { BlockedSignals = [0] });
        Refused(new() { BlockedSignals = [65] });
        Refused(new() { Nice = 20 });
        Refused(new() { Umask = 512 });
        Refused(new() { UserId = -1 });
        Refused(new() { ExtraGroupIds = [-1] });
        Refused(new() { CpuAffinity = [] });
        Refused(new() { CpuAffinity = [-1] });
        Refused(new() { Limits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.OpenFiles] = new(20, 10) } });
        Refused(new() { KillWithParent = true, Detached = true });
    }

    [Fact]
    public void Start_DescriptorsUsedUp_SaysSoAndWorksAfterwards()
    {
        using WorkerProcess worker = WorkerProcess.Start(RunOutOfDescriptors);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public void Start_FirstOneWithoutDescriptorsLeft_SaysSo()
    {
        using WorkerProcess worker = WorkerProcess.Start(StartFirstWithoutDescriptors);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public void Start_LimitedWithoutDescriptorsLeft_SaysSoAndWorksAfterwards()
    {
        using WorkerProcess worker = WorkerProcess.Start(RunOutOfDescriptorsForLimits);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public void Start_ProcessesUsedUp_SaysSo()
    {
        Assert.SkipUnless(Cohort.Platform.OwnProcess.UserId == 0, "needs root");
        using WorkerProcess worker = WorkerProcess.Start(RunOutOfProcesses);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public void Limits_OfProcesses_AreTheCommands()
    {
        // The limit is the user's and root has none: so as somebody who runs nothing else.
        SubprocessOptions options = new()
        {
            CaptureOutput = true,
            UserId = 54321,
            Limits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.Processes] = ResourceLimit.Of(1) },
        };
        Assert.SkipUnless(Cohort.Platform.OwnProcess.UserId == 0, "needs root");

        CompletedSubprocess result = Subprocess.Run(Subprocess.Shell("true; sleep 0 & wait; echo not reached"), options, Watchdog.Limit);

        Assert.NotEqual(0, result.ReturnCode);
        Assert.NotEmpty(result.ErrorOutput);
    }

    /// <summary>The limit is the user's and root has none: so as somebody whose only process is the thread that starts.</summary>
    private static void RunOutOfProcesses()
    {
        Cohort.Platform.ProcessLimits.SetResource(0, (int)LimitedResource.Processes, (1, 1));
        IOException fault = Assert.Throws<IOException>(static () => Subprocess.Start(["true"], s_pipes with { UserId = 54321 }));
        Assert.Equal(Errno.EAGAIN, fault.HResult);
        Assert.Contains("RLIMIT_NPROC", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Nothing was watched before: the thread and the descriptor for that are missing as well.</summary>
    private static void StartFirstWithoutDescriptors()
    {
        // What the runtime loads for a start is loaded by one that nobody watches.
        Subprocess.Run(["true"], s_pipes, Watchdog.Limit);

        // The runtime opens files of its own for the first exception.
        Assert.Throws<IOException>(static () => Subprocess.Start(["true"], s_pipes with { PipeSize = int.MaxValue }));
        StartUntilThereAreEnough(1);
    }

    private static void RunOutOfDescriptors()
    {
        using (Subprocess first = Subprocess.Start(["true"], s_pipes))
        {
            first.Wait(Watchdog.Limit);
        }

        // The runtime opens files of its own for the first exception of a kind; so one from the same place comes before.
        Assert.Throws<IOException>(static () => Subprocess.Start(["true"], s_pipes with { PipeSize = int.MaxValue }));
        StartUntilThereAreEnough(6);
    }

    private static void RunOutOfDescriptorsForLimits()
    {
        SubprocessOptions limited = s_pipes with { Limits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.CoreBytes] = new(0, 0) } };
        Subprocess.Run(["true"], limited, Watchdog.Limit);
        Assert.Throws<IOException>(() => Subprocess.Start(["true"], limited with { PipeSize = int.MaxValue }));
        StartUntilThereAreEnough(6, limited);
    }

    private static void StartUntilThereAreEnough(int leastFaults, SubprocessOptions? options = null)
    {
        options ??= s_pipes;
        DescriptorLimit.Set(200);
        List<SafeFileHandle> taken = [];
        SafeFileHandle next = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        while (!next.IsInvalid)
        {
            taken.Add(next);
            next = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        }

        try
        {
            // One more each time, until there are enough: it fails at every step on the way.
            int faults = 0;
            while (true)
            {
                try
                {
                    using Subprocess process = Subprocess.Start(["true"], options);
                    process.Wait(Watchdog.Limit);
                    break;
                }
                catch (IOException e) when (e.HResult is Errno.EMFILE)
                {
                    faults++;
                    taken[^1].Dispose();
                    taken.RemoveAt(taken.Count - 1);
                }
            }

            // What failed has given back what it had: as many as were let go are enough again, once the watch thread has
            // let go of the one before as well.
            Assert.True(SpinWait.SpinUntil(() => StartsAgain(options), Watchdog.Limit));
            Assert.InRange(faults, leastFaults, 40);
        }
        finally
        {
            // Whoever writes down what went wrong needs some.
            taken.ForEach(static handle => handle.Dispose());
        }
    }

    private static bool StartsAgain(SubprocessOptions options)
    {
        try
        {
            using Subprocess again = Subprocess.Start(["true"], options);
            again.Wait(Watchdog.Limit);
            return true;
        }
        catch (IOException e) when (e.HResult is Errno.EMFILE)
        {
            return false;
        }
    }
}
