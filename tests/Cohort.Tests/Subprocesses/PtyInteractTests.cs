using System.Runtime.InteropServices;
using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>A user at a pseudo-terminal, and a program's own terminal.</summary>
public sealed class PtyInteractTests : IDisposable
{
    private static readonly SubprocessOptions s_worker = new() { Environment = TestWorker.EnvironmentWith().ToDictionary(static pair => pair.Key, static pair => (string?)pair.Value) };

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Interact_CopiesBothWaysUntilTheEnd()
    {
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Echo = false });
        using User user = new();

        Task<PtyInteractEnd> end = pty.InteractAsync(user.Options);
        user.Type("hello\n");
        Assert.Equal("hello\r\n", await user.SeeAsync(7));
        user.EndInput();

        // The end of the user's input is ^D.
        Assert.Equal(PtyInteractEnd.Ended, await end.Watched());
        Assert.Equal(0, await pty.Process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Interact_InputEndsWithinALine_HandsTheLineOn()
    {
        using User user = new();
        user.Type("no line end");
        user.EndInput();

        Assert.Equal(3, await Pty.RunAsync(Subprocess.Shell("stty -echo; cat; exit 3"), interact: user.Options).Watched());

        Assert.Contains("no line end", await user.SeeAllAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Interact_TheEscapeKey_EndsItAndIsNotTyped()
    {
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Mode = TerminalMode.Raw });
        using User user = new();

        Task<PtyInteractEnd> end = pty.InteractAsync(user.Options with { EscapeKey = ']' });
        user.Type("before\u001dafter");

        Assert.Equal(PtyInteractEnd.Escaped, await end.Watched());
        byte[] back = new byte[6];
        await pty.Stream.ReadExactlyAsync(back, TestContext.Current.CancellationToken).AsTask().Watched();
        Assert.Equal("before"u8, back);
        Assert.Null(pty.Process.Poll());
        Assert.Throws<ArgumentOutOfRangeException>(() => pty.Interact(new() { EscapeKey = '1' }));
    }

    [Fact(Timeout = 60_000)]
    public async Task Interact_Cancelled_LeavesTheTerminal()
    {
        await using Pty pty = Pty.Start(["cat"]);
        using User user = new();
        using CancellationTokenSource cancel = new();

        Task<PtyInteractEnd> end = pty.InteractAsync(user.Options, cancel.Token);
        user.Type("x");
        await user.SeeAsync(1);
        await cancel.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(end));
        Assert.Null(pty.Process.Poll());
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_WhileAUserIsConnected_EndsIt()
    {
        Pty pty = Pty.Start(["cat"]);
        using User user = new();
        Task<PtyInteractEnd> end = pty.InteractAsync(user.Options);
        user.Type("x");
        await user.SeeAsync(1);

        await pty.DisposeAsync().AsTask().Watched();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(end));
        Assert.Equal(-Signal.SIGHUP, pty.Process.ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Interact_Filters_ChangeWhatPasses()
    {
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Mode = TerminalMode.Raw });
        using User user = new();
        PtyInteractOptions options = user.Options with
        {
            EscapeKey = ']',
            InputFilter = static typed => typed.ToArray().Select(static one => (byte)char.ToUpperInvariant((char)one)).ToArray(),
            OutputFilter = static shown => Encoding.ASCII.GetBytes($"<{Encoding.ASCII.GetString(shown.Span)}>"),
        };

        Task<PtyInteractEnd> end = pty.InteractAsync(options);
        user.Type("a");
        Assert.Equal("<>", await user.SeeAsync(2));
        Assert.Equal("<A>", await user.SeeAsync(3));
        user.Type("\u001d");

        Assert.Equal(PtyInteractEnd.Escaped, await end.Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Interact_MuchTypedAtACommandThatShowsMuch_DoesNotLock()
    {
        const int Count = 300_000;
        await using Pty pty = Pty.Start(["cat"], terminal: new() { Mode = TerminalMode.Raw });
        using User user = new();

        Task<PtyInteractEnd> end = pty.InteractAsync(user.Options with { EscapeKey = ']' });
        Task typing = Watchdog.Run(() => user.Type(new string('y', Count)));
        Assert.Equal(new string('y', Count), await user.SeeAsync(Count));
        await typing;
        user.Type("\u001d");

        Assert.Equal(PtyInteractEnd.Escaped, await end.Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_OnAProgramsOwnTerminal_IsThatTerminal()
    {
        await using Expect outer = Expect.Start(
            TestWorker.Arguments("interact", "sh", "-c", "trap 'echo resized' WINCH; trap 'echo interrupted; exit 4' INT; stty size; while :; do sleep 0.01; done"),
            processOptions: s_worker,
            terminalOptions: new() { Size = new(91, 17) });
        await outer.WaitForAsync("17 91");
        Assert.Equal(TerminalMode.Raw, outer.Terminal!.Mode);

        outer.Terminal.Size = new(70, 20);
        await outer.WaitForAsync("resized");
        await outer.SendControlAsync('c');
        await outer.WaitForAsync("interrupted");
        await outer.WaitForAsync(Expect.EndOfOutput);

        Assert.Equal(4, await outer.Process!.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_Escaped_HangsTheCommandUp()
    {
        await using Expect outer = Expect.Start(TestWorker.Arguments("interact-escape", "cat"), processOptions: s_worker);
        await outer.SendLineAsync("typed");
        await Eventually.TrueAsync(() => outer.Terminal!.Mode == TerminalMode.Raw);
        await outer.SendControlAsync(']');
        await outer.WaitForAsync(Expect.EndOfOutput);

        // The worker's own code: a return code of -1 is 255 to its parent.
        Assert.Equal(256 - Signal.SIGHUP, await outer.Process!.WaitAsync().Watched());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(TerminalMode.Raw, 3)]
    [InlineData(TerminalMode.Character, 'k')]
    public async Task RawMode_OfTheOwnTerminal_HoldsUntilTheGuardOrTheProgramEnds(TerminalMode mode, int key)
    {
        foreach (string end in new[] { "dispose", "exit" })
        {
            await using Expect program = Expect.Start(TestWorker.Arguments("raw-mode", mode.ToString(), end), processOptions: s_worker);
            using SafeFileHandle keepsOpen = program.Terminal!.OpenTerminal();
            await program.WaitForAsync("set ");
            Assert.Equal(mode, program.Terminal.Mode);

            await program.SendAsync(((char)key).ToString());

            await program.WaitForAsync($"got {key} ");
            Assert.Equal(end == "exit" ? 3 : 0, await program.Process!.WaitAsync().Watched());
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData(PosixSignal.SIGTERM, Signal.SIGTERM)]
    [InlineData(PosixSignal.SIGHUP, Signal.SIGHUP)]
    [InlineData(PosixSignal.SIGQUIT, Signal.SIGQUIT)]
    public async Task RawMode_SignalEndsTheProgram_RestoresBefore(PosixSignal signal, int number)
    {
        await using Expect program = Expect.Start(TestWorker.Arguments("raw-mode", nameof(TerminalMode.Raw)), processOptions: s_worker);
        using SafeFileHandle keepsOpen = program.Terminal!.OpenTerminal();
        await program.WaitForAsync("set ");
        Assert.Equal(TerminalMode.Raw, program.Terminal.Mode);

        program.Process!.SendSignal(signal);

        Assert.Equal(-number, await program.Process.WaitAsync().Watched());
        Assert.Equal(TerminalMode.Line, program.Terminal.Mode);
    }

    [Fact(Timeout = 60_000)]
    public async Task RawMode_Disposed_RestoresWhatWas()
    {
        await using Pty pty = Pty.Open();
        using SafeFileHandle terminal = pty.OpenTerminal();
        pty.Echo = false;

        RawMode raw = RawMode.Enter(TerminalMode.Raw, terminal);
        Assert.Equal(TerminalMode.Raw, pty.Mode);
        using (RawMode.Enter(TerminalMode.Character, terminal))
        {
            Assert.Equal(TerminalMode.Raw, pty.Mode);
        }

        raw.Dispose();
        raw.Dispose();

        Assert.Equal(TerminalMode.Line, pty.Mode);
        Assert.False(pty.Echo);
        Assert.Throws<ArgumentOutOfRangeException>(() => RawMode.Enter((TerminalMode)7, terminal));
    }

    [Fact(Timeout = 60_000)]
    public void RawMode_NoTerminal_IsRefused()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        Assert.False(RawMode.IsTerminal(file));
        IOException fault = Assert.Throws<IOException>(() => RawMode.Enter(TerminalMode.Raw, file));
        Assert.Equal(25, fault.HResult);
    }

    /// <summary>Two pipes in the place of a user.</summary>
    private sealed class User : IDisposable
    {
        private readonly SafeFileHandle _typed;
        private readonly SafeFileHandle _keys;
        private readonly SafeFileHandle _shown;
        private readonly SafeFileHandle _screen;

        public User()
        {
            (_typed, _keys) = Pipes.Create(null);
            (_shown, _screen) = Pipes.Create(null);
        }

        public PtyInteractOptions Options => new() { Input = _typed, Output = _screen };

        public void Type(string text)
        {
            ReadOnlySpan<byte> bytes = Encoding.ASCII.GetBytes(text);
            while (bytes.Length > 0)
            {
                bytes = bytes[Descriptors.TryWrite(_keys, bytes)..];
            }
        }

        public void EndInput() => _keys.Dispose();

        public Task<string> SeeAsync(int count) => Watchdog.Run(() => See(count));

        public Task<string> SeeAllAsync()
        {
            _screen.Dispose();
            return Watchdog.Run(() => See(int.MaxValue));
        }

        public void Dispose()
        {
            _typed.Dispose();
            _keys.Dispose();
            _shown.Dispose();
            _screen.Dispose();
        }

        private string See(int count)
        {
            StringBuilder text = new();
            byte[] buffer = new byte[4096];
            while (text.Length < count && Descriptors.TryRead(_shown, buffer.AsSpan(0, Math.Min(buffer.Length, count - text.Length))) is int read && read > 0)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }

            return text.ToString();
        }
    }
}
