using System.Diagnostics;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Utils;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>A pseudo-terminal: programs take it for a terminal, and this program sits at its keyboard and screen.</summary>
/// <remarks>
/// Disposing hangs the terminal up (SIGHUP, as when a window is closed). A command that stays after that is ended as
/// <see cref="Subprocess.Dispose"/> does. While <see cref="TerminalMode.Line"/> holds, the kernel keeps at most 4095 bytes of a
/// line that is not ended, and drops more.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Pty : IDisposable, IAsyncDisposable
{
    private readonly PtyStream _stream;
    private readonly Termios _normal;
    private readonly TimeSpan _grace;
    private Subprocess? _process;
    private bool _isDisposed;

    private Pty(PtyOptions options, TimeSpan grace)
    {
        WinSize size = options.Size.Validated();
        _grace = grace;
        (SafeFileHandle driver, TerminalPath) = Terminals.Open();
        try
        {
            Terminals.SetSize(driver, size);
            Termios normal = Terminals.GetAttributes(driver);

            // Or the erase key would take a byte away, not a character.
            normal.Input |= Termios.IUTF8;
            _normal = normal;
            Termios first = TerminalModes.Apply(normal, options.Mode);
            first.Local = options.Echo ? first.Local : first.Local & ~Termios.ECHO;
            Terminals.SetAttributes(driver, first);
            _stream = new PtyStream(driver);
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }

    /// <summary>The device that programs open, such as <c>/dev/pts/3</c>.</summary>
    public string TerminalPath { get; }

    /// <summary>The command that was started with it.</summary>
    /// <exception cref="InvalidOperationException">There is none: the terminal is one of <see cref="Open"/>.</exception>
    public Subprocess Process => _process ?? throw new InvalidOperationException("This pseudo-terminal was opened without a command.");

    /// <summary>
    /// The keyboard and the screen: what is written is typed, what programs show is read. Reading ends when no program has the
    /// terminal open any more, and with a command that has all its streams elsewhere not before that has ended. One may read while another writes, blocking or not; it has no buffer.
    /// </summary>
    public Stream Stream => _stream;

    /// <summary>How much it shows. Who runs in its foreground hears of a change by SIGWINCH.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or above 65535.</exception>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    public TerminalSize Size
    {
        get => TerminalSize.From(Terminals.GetSize(Driver));
        set => Terminals.SetSize(Driver, value.Validated());
    }

    /// <summary>Whether what is typed is shown. Programs that ask for a password turn it off.</summary>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    public bool Echo
    {
        get => (Terminals.GetAttributes(Driver).Local & Termios.ECHO) != 0;
        set
        {
            Termios settings = Terminals.GetAttributes(Driver);
            settings.Local = value ? settings.Local | Termios.ECHO : settings.Local & ~Termios.ECHO;
            Terminals.SetAttributes(Driver, settings);
        }
    }

    /// <summary>What it does with what is typed; programs change it as well. Setting it sets echo with it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    public TerminalMode Mode
    {
        get => TerminalModes.Of(Terminals.GetAttributes(Driver));
        set => Terminals.SetAttributes(Driver, TerminalModes.Apply(_normal, value));
    }

    internal Subprocess? Command => _process;

    private SafeFileHandle Driver
    {
        get
        {
            _stream.EnsureOpen();
            return _stream.Driver;
        }
    }

    /// <summary>A pair without a command: what Python's <c>openpty</c> gives.</summary>
    /// <param name="options">How it starts; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size or the mode is none.</exception>
    /// <exception cref="IOException">No descriptor or pseudo-terminal is left; <c>HResult</c> is the error number.</exception>
    public static Pty Open(PtyOptions? options = null) => new(options ?? PtyOptions.Default, TimeSpan.Zero);

    /// <summary>Starts a command on a new pseudo-terminal, which controls the session that the command leads.</summary>
    /// <param name="command">The program and its arguments, as <see cref="Subprocess.Start(IReadOnlyList{string}, SubprocessOptions?)"/> takes them.</param>
    /// <param name="options">How it is run. Streams that are not redirected are the terminal.</param>
    /// <param name="terminal">How the terminal starts; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options name another terminal, or are faulty.</exception>
    /// <exception cref="IOException">The system refuses, or there is no such program.</exception>
    /// <inheritdoc cref="Subprocess.Start(IReadOnlyList{string}, SubprocessOptions?)" path="/exception"/>
    public static Pty Start(IReadOnlyList<string> command, SubprocessOptions? options = null, PtyOptions? terminal = null)
    {
        options ??= SubprocessOptions.Default;
        if (options.ControllingTerminal is not null)
        {
            throw new ArgumentException("The controlling terminal is the new one: leave ControllingTerminal alone.", nameof(options));
        }

        SafeFileHandle? kept = null;
        Pty pty = new(terminal ?? PtyOptions.Default, options.TerminateGrace);
        try
        {
            // A command with no stream on the terminal may open it at any time; with nobody there, reading would end before that.
            kept = options.UsesTerminal ? null : pty.OpenTerminal();
            pty._process = Subprocess.Start(command, options with { NewSession = true, ControllingTerminal = pty.TerminalPath });
            if (kept is not null)
            {
                pty._process.Exited.ContinueWith(_ => kept.Dispose(), TaskScheduler.Default);
            }

            return pty;
        }
        catch
        {
            kept?.Dispose();
            pty.Dispose();
            throw;
        }
    }

    /// <summary>The side that is a terminal, for reading and writing; it does not become this process's. Whoever opens it closes it.</summary>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public SafeFileHandle OpenTerminal()
    {
        _stream.EnsureOpen();
        return Terminals.OpenPath(TerminalPath);
    }

    /// <summary>The device and its command.</summary>
    public override string ToString() => _process is null ? TerminalPath : $"{TerminalPath}: {_process}";

    /// <summary>
    /// Hangs up. A command that still runs after <see cref="SubprocessOptions.TerminateGrace"/> gets SIGTERM, and SIGKILL after
    /// that time once more.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _stream.Dispose();
        if (_process is not null)
        {
            Deadline.In(_grace).Wait(_process.Exited);
            _process.Dispose();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stream.DisposeAsync().ConfigureAwait(false);
        if (_process is not null)
        {
            await Deadline.In(_grace).WaitAsync(_process.Exited).ConfigureAwait(false);
            await _process.DisposeAsync().ConfigureAwait(false);
        }
    }
}
