using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>A pseudo-terminal and the command on it.</summary>
public sealed class PtyTests : IDisposable
{
    private static readonly SubprocessOptions s_shortGrace = new() { TerminateGrace = TimeSpan.FromMilliseconds(50) };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Start_ACommand_HasTheTerminalForAllAndControlsIt()
    {
        await using Pty pty = Pty.Start(Subprocess.Shell("tty; test -t 0 -a -t 1 -a -t 2 && echo all; echo controlled >/dev/tty; exit 7"));

        Assert.Equal($"{pty.TerminalPath}\r\nall\r\ncontrolled\r\n", await ReadToEndAsync(pty.Stream));
        Assert.Equal(7, await pty.Process.WaitAsync().Watched());
        Assert.StartsWith("/dev/pts/", pty.TerminalPath, StringComparison.Ordinal);
        Assert.Contains(pty.TerminalPath, pty.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Start_ARedirectedStream_IsNotTheTerminal()
    {
        await using Pty pty = Pty.Start(
            Subprocess.Shell("test -t 2 || echo apart >&2; echo shown"), new() { StandardError = Redirect.Pipe });

        Assert.Equal("apart\n", await pty.Process.ErrorReader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("shown\r\n", await ReadToEndAsync(pty.Stream));
    }

    [Fact(Timeout = 60_000)]
    public void Start_Faults_AreThoseOfCommandsAndLeaveNothing()
    {
        Assert.Throws<FileNotFoundException>(() => Pty.Start(["/no/such/program"]));
        Assert.Throws<ArgumentException>(() => Pty.Start([]));
        Assert.Throws<ArgumentException>(() => Pty.Start(["true"], new() { NewSession = true, ControllingTerminal = "/dev/tty" }));
        Assert.Throws<ArgumentException>(() => Pty.Start(["true"], new() { Detached = true }));
        Assert.Throws<ArgumentException>(() => Pty.Start(["true"], new() { ProcessGroup = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pty.Open(new() { Size = new(-1, 5) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pty.Open(new() { Size = new(5, 65536) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pty.Open(new() { Mode = (TerminalMode)9 }));
    }

    [Fact(Timeout = 60_000)]
    public async Task Size_IsSeenByTheCommandAndItsChangeBySignal()
    {
        await using Pty pty = Pty.Start(
            Subprocess.Shell("trap 'stty size; exit 0' WINCH; stty size; sleep 1000 & wait"), terminal: new() { Size = new(100, 30) });
        Assert.Equal("30 100\r\n", await ReadAsync(pty, 8));
        Assert.Equal(new TerminalSize(100, 30), pty.Size);
        await Eventually.TrueAsync(() => IsWaiting(pty.Process.ProcessId));

        pty.Size = new(123, 45);

        Assert.Equal("45 123\r\n", await ReadToEndAsync(pty.Stream));
        Assert.Equal("123x45", pty.Size.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => pty.Size = new(1, -1));
        Assert.Equal(0, await pty.Process.WaitAsync().Watched());
    }

    [Theory(Timeout = 60_000)]
    [InlineData('c', -Signal.SIGINT)]
    [InlineData('C', -Signal.SIGINT)]
    [InlineData('\\', -Signal.SIGQUIT)]
    public async Task SendControl_AKeyForASignal_EndsTheForeground(char key, int code)
    {
        await using Pty pty = Pty.Start(["cat"], new() { Limits = NoCoreFile });

        await pty.SendControlAsync(key, TestContext.Current.CancellationToken);

        Assert.Equal(code, await pty.Process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task SendControl_Z_StopsAJobOfAShell()
    {
        await using Expect shell = Expect.Start(["bash", "--norc", "--noprofile", "-i"], processOptions: PlainPrompt);
        await shell.WaitForAsync("prompt> ");
        await shell.SendLineAsync("cat");
        await shell.WaitForAsync("cat\r\n");
        await Eventually.TrueAsync(() => shell.Terminal!.Mode == TerminalMode.Line);

        // The shell has handed its terminal on when the command answers.
        await shell.SendLineAsync("to cat");
        await shell.WaitForAsync("to cat\r\nto cat\r\n");
        shell.Terminal!.SendControl('z');

        await shell.WaitForAsync("Stopped");
        await shell.WaitForAsync("prompt> ");
        await shell.SendLineAsync("fg");
        await shell.WaitForAsync("fg\r\ncat\r\n");
        await Eventually.TrueAsync(() => shell.Terminal!.Mode == TerminalMode.Line);
        await shell.SendLineAsync("again");
        await shell.WaitForAsync("again\r\nagain\r\n");
        await shell.SendEndOfFileAsync();
        await shell.WaitForAsync("prompt> ");
        await shell.SendLineAsync("exit 5");
        await shell.WaitForAsync(Expect.EndOfOutput);
        Assert.Equal(5, await shell.Process!.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task SendControl_NoSuchKey_Throws()
    {
        await using Pty pty = Pty.Open();
        Assert.Throws<ArgumentOutOfRangeException>(() => pty.SendControl('1'));
        Assert.Throws<ArgumentOutOfRangeException>(() => pty.SendControl('ä'));
    }

    [Fact(Timeout = 60_000)]
    public async Task SendEndOfFile_EndsACommandThatReadsLines()
    {
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Echo = false });
        await pty.Stream.WriteAsync("line\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("line\r\n", await ReadAsync(pty, 6));

        pty.SendEndOfFile();

        Assert.Equal(0, await pty.Process.WaitAsync().Watched());
        Assert.Equal("", await ReadToEndAsync(pty.Stream));
        Assert.Equal(0, pty.Stream.Read(new byte[1]));
        IOException fault = Assert.Throws<IOException>(() => pty.Stream.Write("x"u8));
        Assert.Equal(Errno.EIO, fault.HResult);
    }

    [Fact(Timeout = 60_000)]
    public async Task Echo_DecidesWhetherWhatIsTypedIsShown()
    {
        await using Pty pty = Pty.Start(["cat"]);
        Assert.True(pty.Echo);
        pty.Stream.Write("a\n"u8);
        Assert.Equal("a\r\na\r\n", await ReadAsync(pty, 6));

        pty.Echo = false;

        Assert.False(pty.Echo);
        pty.Stream.Write("b\n"u8);
        Assert.Equal("b\r\n", await ReadAsync(pty, 3));
        pty.Echo = true;
        Assert.True(pty.Echo);
    }

    [Fact(Timeout = 60_000)]
    public async Task Mode_Raw_PassesEveryByteBothWays()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(static number => (byte)number)];
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Mode = TerminalMode.Raw });
        Assert.Equal(TerminalMode.Raw, pty.Mode);

        await pty.Stream.WriteAsync(all, TestContext.Current.CancellationToken);

        byte[] back = new byte[all.Length];
        await pty.Stream.ReadExactlyAsync(back, TestContext.Current.CancellationToken).AsTask().Watched();
        Assert.Equal(all, back);
        pty.Mode = TerminalMode.Line;
        Assert.Equal(TerminalMode.Line, pty.Mode);
        Assert.True(pty.Echo);
    }

    [Fact(Timeout = 60_000)]
    public async Task Mode_Character_GivesKeysAtOnceAndSignalsStill()
    {
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Mode = TerminalMode.Character });
        Assert.Equal(TerminalMode.Character, pty.Mode);
        Assert.False(pty.Echo);
        pty.Stream.Write("k"u8);
        Assert.Equal("k", await ReadAsync(pty, 1));

        pty.SendControl('c');

        Assert.Equal(-Signal.SIGINT, await pty.Process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Stream_TenMegabytes_ArriveByBlockingReads()
    {
        const int Length = 10_000_000;
        await using Pty pty = Pty.Start(Subprocess.Shell($"head -c {Length} /dev/zero | tr '\\0' x"));

        long count = await Watchdog.Run(() =>
        {
            byte[] buffer = new byte[64 * 1024];
            long total = 0;
            while (pty.Stream.Read(buffer) is var read && read > 0)
            {
                Assert.False(buffer.AsSpan(0, read).ContainsAnyExcept((byte)'x'));
                total += read;
            }

            return total;
        });

        Assert.Equal(Length, count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Stream_MuchWrittenAndRead_GoesBothWaysAtOnce()
    {
        byte[] data = new byte[1 << 20];
        new Random(5).NextBytes(data);
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Mode = TerminalMode.Raw });

        Task write = pty.Stream.WriteAsync(data, TestContext.Current.CancellationToken).AsTask();
        byte[] back = new byte[data.Length];
        await pty.Stream.ReadExactlyAsync(back, TestContext.Current.CancellationToken).AsTask().Watched();
        await write.Watched();
        Task blocking = Watchdog.Run(() => pty.Stream.Write(data));
        await Watchdog.Run(() => pty.Stream.ReadExactly(back));
        await blocking;

        Assert.True(back.AsSpan().SequenceEqual(data));
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadAsync_Cancelled_LosesNothing()
    {
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Echo = false });
        using CancellationTokenSource cancel = new();
        Task<int> read = pty.Stream.ReadAsync(new byte[10], cancel.Token).AsTask();

        await cancel.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(read));
        pty.Stream.Write("still\n"u8);
        Assert.Equal("still\r\n", await ReadAsync(pty, 7));
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_WakesWhoReads()
    {
        Pty pty = Pty.Open();
        Task<int> waiting = pty.Stream.ReadAsync(new byte[10], CancellationToken.None).AsTask();
        Pty other = Pty.Open();
        Task<int> blocked = Watchdog.Run(() => other.Stream.Read(new byte[10]));

        pty.Dispose();
        await other.DisposeAsync();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(waiting));
        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(blocked));
        Assert.Throws<ObjectDisposedException>(() => pty.Size);
        Assert.Throws<ObjectDisposedException>(() => pty.Stream.Write("x"u8));
        Assert.Throws<ObjectDisposedException>(() => pty.Interact());
        Assert.Throws<ObjectDisposedException>(() => pty.OpenTerminal());
        pty.Dispose();
        await pty.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_ARunningCommand_HangsUp(bool isAsync)
    {
        Pty pty = Pty.Start(["cat"]);
        Subprocess cat = pty.Process;

        await DisposeAsync(pty, isAsync);

        Assert.Equal(-Signal.SIGHUP, cat.ReturnCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("trap '' HUP", -Signal.SIGTERM)]
    [InlineData("trap '' HUP TERM", -Signal.SIGKILL)]
    public async Task Dispose_ACommandThatIgnoresTheHangUp_ClimbsTheLadder(string trap, int code)
    {
        Pty pty = Pty.Start(Subprocess.Shell($"{trap}; echo ready; while :; do sleep 1000; done"), s_shortGrace);
        Assert.Equal("ready\r\n", await ReadAsync(pty, 7));

        await DisposeAsync(pty, isAsync: true);

        Assert.Equal(code, pty.Process.ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task HangUp_EndsTheJobsOfAShellToo()
    {
        Expect shell = Expect.Start(["bash", "--norc", "--noprofile", "-i"], processOptions: PlainPrompt);
        await shell.WaitForAsync("prompt> ");
        await shell.SendLineAsync("sleep 1000 &");
        ExpectMatch job = await shell.WaitForAsync(new System.Text.RegularExpressions.Regex(@"\[1\] (\d+)"));
        int processId = int.Parse(job.Match!.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

        await shell.DisposeAsync();

        // Whose parent is gone is reaped by init, if this machine has one that does.
        await Eventually.TrueAsync(() => ProcessStat.Of(processId) is not { IsZombie: false });
    }

    [Fact(Timeout = 60_000)]
    public async Task Open_WithoutACommand_GivesBothSides()
    {
        await using Pty pty = Pty.Open(new() { Mode = TerminalMode.Raw });
        using SafeFileHandle handle = pty.OpenTerminal();
        Assert.True(RawMode.IsTerminal(handle));

        Assert.Equal(4, Descriptors.TryWrite(handle, "down"u8));
        Assert.Equal("down", await ReadAsync(pty, 4));
        pty.Stream.Write("up"u8);
        byte[] buffer = new byte[10];
        await Eventually.TrueAsync(() => Descriptors.IsReadable(handle));
        Assert.Equal(2, Descriptors.TryRead(handle, buffer));

        Assert.Throws<InvalidOperationException>(() => pty.Process);
        Assert.Equal(pty.TerminalPath, pty.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitForEchoOff_SeesAPasswordPrompt()
    {
        using TemporaryFifo gate = new();
        await using Pty pty = Pty.Start(Subprocess.Shell("read go <\"$1\"; stty -echo; read word; echo $word", gate.Path));
        Assert.Throws<TimeoutException>(() => pty.WaitForEchoOff(TimeSpan.FromMilliseconds(5)));
        using CancellationTokenSource cancel = new();
        Task cancelled = pty.WaitForEchoOffAsync(cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(cancelled));
        Task off = pty.WaitForEchoOffAsync();
        Task blocking = Watchdog.Run(() => pty.WaitForEchoOff());

        gate.Open();

        await off.Watched();
        await blocking;
        pty.Stream.Write("secret\n"u8);
        Assert.Equal("secret\r\n", await ReadToEndAsync(pty.Stream));
    }

    private static SubprocessOptions PlainPrompt { get; } = new() { Environment = new Dictionary<string, string?> { ["PS1"] = "prompt> ", ["TERM"] = "dumb" } };

    private static Dictionary<LimitedResource, ResourceLimit> NoCoreFile { get; } = new() { [LimitedResource.CoreBytes] = new(0, 0) };

    private static async Task DisposeAsync(Pty pty, bool isAsync)
    {
        if (isAsync)
        {
            await pty.DisposeAsync().AsTask().Watched();
        }
        else
        {
            await Watchdog.Run(pty.Dispose);
        }
    }

    /// <summary>Whether a shell has got as far as its <c>wait</c>: its child runs another program.</summary>
    private static bool IsWaiting(int processId) => ProcessTree.DescendantsOf(processId).Any(static child => child.Name == "sleep");

    private static async Task<string> ReadAsync(Pty pty, int count)
    {
        byte[] bytes = new byte[count];
        await pty.Stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask().Watched();
        return Encoding.UTF8.GetString(bytes);
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using StreamReader reader = new(stream, leaveOpen: true);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).Watched();
    }
}
