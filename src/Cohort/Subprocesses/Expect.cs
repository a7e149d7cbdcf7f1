using System.Diagnostics;

namespace Cohort.Subprocesses;

/// <summary>
/// Talks to a program as a user would: waits until it shows something, then types an answer. What Python's users know as
/// pexpect; on a pseudo-terminal, on the pipes of a command, or on any two streams.
/// </summary>
/// <remarks>
/// While it is there, nobody else may read the output. One call waits at a time; another may send meanwhile. A wait that ends
/// without a match, by its timeout or a cancelled token, loses nothing: all stays for the next one.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Expect : IDisposable, IAsyncDisposable
{
    /// <summary>Until a stream is left alone that does not heed cancellation.</summary>
    private static readonly TimeSpan s_stopTime = TimeSpan.FromSeconds(1);

    private readonly ExpectOptions _options;
    private readonly ExpectBuffer _buffer;
    private readonly ExpectSource _source;
    private readonly Stream? _input;
    private readonly string _name;

    /// <summary>Who holds it reads.</summary>
    private readonly SemaphoreSlim _readGate = new(1);

    /// <summary>Who holds it writes.</summary>
    private readonly SemaphoreSlim _writeGate = new(1);

    private bool _ownsTerminal;
    private bool _isWaiting;
    private bool _isDisposed;

    /// <summary>On a pseudo-terminal, which stays the caller's.</summary>
    /// <param name="terminal">The pseudo-terminal.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Expect(Pty terminal, ExpectOptions? options = null)
        : this(Checked(terminal).Stream, terminal.Stream, options, terminal.ToString()) => Terminal = terminal;

    /// <summary>On the pipes of a command, which stays the caller's.</summary>
    /// <param name="process">Started with <see cref="Redirect.Pipe"/> as output, and as input if anything is to be sent.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The command's output is no pipe.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Expect(Subprocess process, ExpectOptions? options = null)
        : this(Checked(process).StandardOutput, process.HasInputPipe ? process.StandardInput : null, options, process.ToString()) => Process = process;

    /// <summary>On two streams, which stay the caller's.</summary>
    /// <param name="output">What is read.</param>
    /// <param name="input">What is written; null when nothing is sent.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">A stream is for the other direction, or an option is out of range.</exception>
    public Expect(Stream output, Stream? input = null, ExpectOptions? options = null)
        : this(output, input, options, "the stream")
    {
    }

    private Expect(Stream output, Stream? input, ExpectOptions? options, string name)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!output.CanRead || input is { CanWrite: false })
        {
            throw new ArgumentException("The output is read and the input is written: one of the streams cannot.", nameof(output));
        }

        _options = (options ?? ExpectOptions.Default).Validated();
        _buffer = new ExpectBuffer(_options.Encoding, _options.BufferLimit);
        _source = new ExpectSource(output, _buffer, _options.OnRead is null && _options.Log is null ? null : LogRead);
        _input = input;
        _name = name;
    }

    /// <summary>The pattern for the end of the output.</summary>
    public static ExpectPattern EndOfOutput => ExpectPattern.End;

    /// <summary>The pattern for a timeout, which then is no exception.</summary>
    public static ExpectPattern TimedOut => ExpectPattern.Time;

    /// <summary>The pseudo-terminal; null on pipes and streams.</summary>
    public Pty? Terminal { get; }

    /// <summary>The command; null on streams, and on a terminal without one.</summary>
    public Subprocess? Process => field ?? Terminal?.Command;

    /// <summary>What was read and not taken. More may come.</summary>
    public string Buffer => _buffer.ToString();

    /// <summary>Whether the end was read. There may be a <see cref="Buffer"/> still.</summary>
    public bool IsEnded => _source.IsEnded;

    /// <summary>Starts a command on a new pseudo-terminal, which is disposed with the result.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="options">How it is talked to; null for the defaults.</param>
    /// <param name="processOptions">How it is run; null for the defaults.</param>
    /// <param name="terminalOptions">How the terminal starts; null for the defaults.</param>
    /// <inheritdoc cref="Pty.Start" path="/exception"/>
    public static Expect Start(
        IReadOnlyList<string> command,
        ExpectOptions? options = null,
        SubprocessOptions? processOptions = null,
        PtyOptions? terminalOptions = null)
    {
        (options ?? ExpectOptions.Default).Validated();
        return new Expect(Pty.Start(command, processOptions, terminalOptions), options) { _ownsTerminal = true };
    }

    /// <summary>Who is talked to.</summary>
    public override string ToString() => $"Expect on {_name}";

    /// <summary>Stops reading. Ends the command if <see cref="Start"/> has started it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        if (_ownsTerminal)
        {
            Terminal!.Dispose();
        }

        Stop().GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        if (_ownsTerminal)
        {
            await Terminal!.DisposeAsync().ConfigureAwait(false);
        }

        await Stop().ConfigureAwait(false);
    }

    private static T Checked<T>(T target)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(target);
        return target;
    }

    private async Task Stop()
    {
        try
        {
            // A wait that is under way ends by its own; the streams are the caller's.
            if (_readGate.Wait(0))
            {
                try
                {
                    await _source.StopAsync(s_stopTime).ConfigureAwait(false);
                }
                finally
                {
                    // One that is about to begin is let through, and hears of the end.
                    _readGate.Release();
                }
            }
        }
        catch (TimeoutException)
        {
            // A stream that cannot be stopped: it reads on into nothing.
        }
    }

    private void LogRead(string text)
    {
        _options.OnRead?.Invoke(text);
        _options.Log?.Write(text);
    }

    private void EnsureNotDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
