using System.IO.Pipes;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>Corners that commands in other languages were once wrong in.</summary>
public sealed class CaseTests : IDisposable
{
    private static readonly SubprocessOptions s_through = new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe };

    private readonly Leaks _before = Leaks.Snapshot();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        // The framework cannot name all that is in there.
        Subprocess.CheckCall(["find", _folder.Root, "-mindepth", "1", "-delete"], null, Watchdog.Limit);
        Leaks.AssertNone(_before);
        _folder.Dispose();
    }

    [Fact]
    public void CheckOutput_WithInputOfAnyKind_ReadsIt()
    {
        string file = _folder.Write("in", "pear");
        Assert.Equal("pear", Output(["cat"], new() { StandardInput = Redirect.FromFile(file) }));
        Assert.Equal("plum", Output(["cat"], new() { StandardInput = Redirect.Text("plum") }));
        Assert.Equal("fig", Output(["cat"], new() { StandardInput = Redirect.Bytes("fig"u8.ToArray()) }));
        Assert.Equal("", Output(["cat"], new() { StandardInput = Redirect.Pipe }));
    }

    [Fact]
    public void CaptureOutput_BesideARedirect_IsRefused()
    {
        Assert.Throws<ArgumentException>(static () => Subprocess.Run(["true"], new() { CaptureOutput = true, StandardOutput = Redirect.Null }));
        Assert.Throws<ArgumentException>(static () => Subprocess.Run(["true"], new() { CaptureOutput = true, StandardError = Redirect.StandardOutput }));
    }

    [Fact]
    public void BufferSize_NotPositive_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(static () => Subprocess.Run(["true"], new() { BufferSize = 0 }));

    [Fact]
    public void Executable_WithAShellCommand_IsAnotherShell() =>
        Assert.Equal("bash\n", Output(Subprocess.Shell("echo ${BASH_VERSION:+bash}"), new() { Executable = "/bin/bash" }));

    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Communicate_OneStreamAlone_IsEnough(int number)
    {
        SubprocessOptions options = number switch
        {
            0 => new() { StandardInput = Redirect.Pipe },
            1 => new() { StandardOutput = Redirect.Pipe },
            _ => new() { StandardError = Redirect.Pipe },
        };
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell(number switch { 0 => "read a; exit ${#a}", 1 => "printf x", _ => "printf x >&2" }), options);

        CompletedSubprocess result = await Watchdog.Run(() => process.Communicate(number == 0 ? "pear\n" : null));

        Assert.Equal(number == 0 ? 4 : 0, result.ReturnCode);
        Assert.Equal(number == 1 ? "x" : "", result.Output);
        Assert.Equal(number == 2 ? "x" : "", result.ErrorOutput);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Communicate_ToACommandThatHasEnded_IsNoFault(bool hasTimeout)
    {
        await using Subprocess process = Subprocess.Start(Subprocess.Shell("exit 4"), new() { StandardInput = Redirect.Pipe });
        await process.WaitAsync().Watched();

        TimeSpan? timeout = hasTimeout ? Watchdog.Limit : null;
        Assert.Equal(4, (await Watchdog.Run(() => process.Communicate(new string('x', 1 << 20), timeout))).ReturnCode);
    }

    [Fact]
    public void Newlines_OfInput_ArriveAsTheyAre() => Assert.Equal(
        "a\\r\\nb\\rc\\n",
        Output(Subprocess.Shell("od -An -c | tr -d ' \\n'"), new() { StandardInput = Redirect.Text("a\r\nb\rc\n"), Newlines = NewlineMode.Normalize }));

    [Fact]
    public void Output_OfAGrandchildTwoLevelsDown_IsCaptured() =>
        Assert.Equal("Hello\n", Output(Subprocess.Shell("sh -c 'sh -c \"echo Hello\"'")));

    [Fact(Timeout = 60_000)]
    public async Task PipeSize_NotSet_IsTheKernels()
    {
        (SafeFileHandle read, SafeFileHandle write) = Pipes.Create(null);
        using (read)
        using (write)
        {
            await using Subprocess process = Subprocess.Start(["sleep", "1000"], s_through);
            Assert.Equal(Pipes.SizeOf(read), Pipes.SizeOf(process.StandardOutput.SafeFileHandle));
        }
    }

    [Fact]
    public void Names_OfBytesThatAreNoUtf8_AreFound()
    {
        string name = "pro\uDCFFgram";
        string folder = _folder.Root + "/di\uDCFEr";
        Subprocess.CheckCall(["mkdir", folder], null, Watchdog.Limit);
        Subprocess.CheckCall(["cp", "/bin/cat", $"{folder}/{name}"], null, Watchdog.Limit);
        Subprocess.CheckCall(Subprocess.Shell("printf content > \"$1\"/\"$2\"", folder, "fi\uDCFDle"), null, Watchdog.Limit);

        Assert.Equal("content", Output([$"{folder}/{name}", $"{folder}/fi\uDCFDle"]));
        Assert.Equal("content", Output([$"./{name}", "fi\uDCFDle"], new() { WorkingDirectory = folder }));
        if (File.Exists("/usr/bin/setpriv"))
        {
            Assert.Equal("content", Output([$"./{name}", "fi\uDCFDle"], new() { WorkingDirectory = folder, KillWithParent = true }));
        }
        Assert.Equal("content", Output(["x", "fi\uDCFDle"], new() { WorkingDirectory = folder, Executable = $"{folder}/{name}" }));
        Assert.Equal("content", Output(
            [name, $"{folder}/fi\uDCFDle"], new() { Environment = new Dictionary<string, string?> { ["PATH"] = $"/nowhere:{folder}" } }));
    }

    [Fact]
    public void Files_NamedByBytesThatAreNoUtf8_AreRedirectedTo()
    {
        string name = _folder.Root + "/ou\uDCFFt";
        Subprocess.CheckCall(["echo", "there"], new() { StandardOutput = Redirect.ToFile(name) }, Watchdog.Limit);
        Assert.Equal("there\n", Output(["cat"], new() { StandardInput = Redirect.FromFile(name) }));
        Assert.Equal("there\n", Output(["cat", name]));
    }

    [Fact]
    public void Umask_IsThatOfNewFiles()
    {
        Subprocess.CheckCall(["touch", _folder.PathOf("new")], new() { Umask = 0b000_111_111 }, Watchdog.Limit);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.PathOf("new")));
    }

    [Fact]
    public void Signal_WithoutName_IsToldByNumber()
    {
        SubprocessFailedException fault = Assert.Throws<SubprocessFailedException>(static () => Subprocess.CheckCall(Subprocess.Shell("kill -50 $$"), null, Watchdog.Limit));
        Assert.Equal(-50, fault.ReturnCode);
        Assert.Contains("50", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PassedHandles_OneAtATime_IsTheOnlyOneOpen()
    {
        using SafeFileHandle source = Libc.Open(_folder.Write("source", ""), Libc.O_RDONLY | Libc.O_CLOEXEC);
        using SafeFileHandle leaky = Libc.Open("/dev/null", Libc.O_RDONLY);
        foreach (int number in (int[])[3, 4, 5, 9, 10, 63, 200])
        {
            SubprocessOptions options = new() { StandardInput = Redirect.Null, PassedHandles = new Dictionary<int, SafeHandle> { [number] = source } };

            // One more is the directory that ls reads.
            int[] expected = [0, 1, 2, number, number == 3 ? 4 : 3];
            int[] open = [.. Output(["ls", "/proc/self/fd"], options).TrimEnd().Split('\n').Select(static line => int.Parse(line, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(expected.Order(), open.Order());
            Assert.EndsWith("/source\n", Output(["readlink", $"/proc/self/fd/{number}"], options), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PassedHandles_BesideRedirectedStreams_DoNotMix()
    {
        using SafeFileHandle four = Libc.Open(_folder.Write("four", "4th"), Libc.O_RDONLY | Libc.O_CLOEXEC);
        using SafeFileHandle three = Libc.Open(_folder.Write("three", "3rd"), Libc.O_RDONLY | Libc.O_CLOEXEC);
        CompletedSubprocess result = Subprocess.Run(Subprocess.Shell("cat; cat <&3; cat <&4 >&2"), new()
        {
            StandardInput = Redirect.Text("0th "),
            CaptureOutput = true,
            PassedHandles = new Dictionary<int, SafeHandle> { [4] = four, [3] = three },
        }, Watchdog.Limit);

        Assert.Equal("0th 3rd", result.Output);
        Assert.Equal("4th", result.ErrorOutput);
    }

    [Fact(Timeout = 60_000)]
    public async Task Handle_EndOfAnotherCommandsPipe_BlocksThere()
    {
        await using Subprocess first = Subprocess.Start(["cat"], s_through);
        await using Subprocess second = Subprocess.Start(["grep", "pear"], s_through with { StandardInput = Redirect.Handle(first.StandardOutput.SafeFileHandle) });
        first.StandardOutput.Dispose();

        // That grep waits by now rather than fail is what matters.
        await Eventually.TrueAsync(() => ProcessStat.Of(second.ProcessId) is { State: 'S', Name: "grep" });
        await first.InputWriter.WriteAsync("apple\npear\nplum\n");
        first.InputWriter.Dispose();

        Assert.Equal("pear\n", (await second.CommunicateAsync().Watched()).Output);
        Assert.Equal(0, await first.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Handle_PipesOfTheFramework_ChainTools()
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out, HandleInheritability.None);
        await using Subprocess second = Subprocess.Start(["sort", "-r"], new() { StandardInput = Redirect.Handle(pipe.ClientSafePipeHandle), StandardOutput = Redirect.Pipe });
        await using (Subprocess first = Subprocess.Start(["seq", "3"], new() { StandardOutput = Redirect.Handle(pipe.SafePipeHandle) }))
        {
            // A third one holds neither end open for them.
            await using Subprocess third = Subprocess.Start(["sleep", "1000"]);
            pipe.DisposeLocalCopyOfClientHandle();
            pipe.Dispose();
            Assert.Equal("3\n2\n1\n", (await second.CommunicateAsync().Watched()).Output);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Signal_ToOneThatIsDeadAndNotReaped_IsNoFault()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "true", Arguments = ["true"], IsWatched = false });
        await Eventually.TrueAsync(() => ProcessStat.Of(child.ProcessId) is { IsZombie: true });

        child.Signal(Signal.SIGTERM);

        Assert.True(await Watchdog.Run(() => child.Wait(Timeout.Infinite)));
        Assert.Equal(0, child.ExitStatus!.Value.ExitCode);
        child.Signal(Signal.SIGTERM);
    }

    [Fact(Timeout = 60_000)]
    public async Task Using_ClosesThePipesAndEndsTheCommand()
    {
        SubprocessStream output;

        // No cat: it may end by itself, at the end of its input, before it is told to.
        Subprocess process = Subprocess.Start(["sleep", "1000"], s_through);
        await using (process)
        {
            output = process.StandardOutput;
        }

        Assert.False(output.CanRead);
        Assert.Equal(-15, process.ReturnCode);
        Assert.Throws<FileNotFoundException>(static () =>
        {
            using Subprocess none = Subprocess.Start(["/nowhere/at/all"], s_through);
        });
    }

    /// <summary>A grandchild may keep the other end of a pipe open for ever: a wait ends by closing this one.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Dispose_WhileSomebodyReadsOrWrites_EndsTheWait(bool isAsync, bool disposesTheCommand)
    {
        using Subprocess process = Subprocess.Start(["sleep", "1000"], s_through);
        SubprocessStream output = process.StandardOutput;
        SubprocessStream input = process.StandardInput;
        byte[] buffer = new byte[1 << 20];
        Task[] waits = isAsync
            ? [output.ReadAsync(buffer).AsTask(), input.WriteAsync(buffer).AsTask()]
            : [Watchdog.Run(() => output.Read(buffer)), Watchdog.Run(() => input.Write(buffer))];
        await Eventually.TrueAsync(() => !Descriptors.WaitFor(input.SafeFileHandle, Libc.POLLOUT, 0));

        if (disposesTheCommand)
        {
            process.Dispose();
        }
        else
        {
            output.Dispose();
            input.Dispose();
        }

        foreach (Task wait in waits)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.Watched());
        }

        Assert.False(output.CanRead);
        Assert.True(output.SafeFileHandle.IsClosed);
    }

    [Fact]
    public void Streams_OfThisProcess_AreInheritedAndTeed()
    {
        using WorkerProcess worker = WorkerProcess.Start(RunWithOwnStreams, _folder.Root);
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);
        Assert.Equal("plain\nboth\nagain\n", File.ReadAllText(_folder.PathOf("1")));
        Assert.Equal("bad\n", File.ReadAllText(_folder.PathOf("2")));
        Assert.Equal("both\n|again\n|bad\n", File.ReadAllText(_folder.PathOf("captured")));
    }

    private static void RunWithOwnStreams(string folder)
    {
        foreach (int number in (int[])[1, 2])
        {
            using SafeFileHandle file = Libc.Open($"{folder}/{number}", Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_CLOEXEC, 0x180);
            Assert.Equal(number, Libc.Dup2((int)file.DangerousGetHandle(), number));
        }

        Redirect tee = Redirect.Tee(Redirect.Inherit, Redirect.Pipe);
        Subprocess.Run(["echo", "plain"], null, Watchdog.Limit);
        string first = Subprocess.Run(["echo", "both"], new() { StandardOutput = tee }, Watchdog.Limit).Output;
        string second = Subprocess.RunAsync(["echo", "again"], new() { StandardOutput = tee }, Watchdog.Limit).GetAwaiter().GetResult().Output;
        string third = Subprocess.Run(Subprocess.Shell("echo bad >&2"), new() { StandardError = tee }, Watchdog.Limit).ErrorOutput;
        File.WriteAllText($"{folder}/captured", $"{first}|{second}|{third}");
    }

    private static string Output(IReadOnlyList<string> command, SubprocessOptions? options = null) =>
        Subprocess.CheckOutput(command, options, Watchdog.Limit);
}
