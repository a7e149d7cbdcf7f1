using Cohort.Utils;

namespace Cohort.Subprocesses;

public sealed partial class Expect
{
    private const string Secret = "********";

    /// <summary>
    /// Types a text. What the program shows meanwhile is read, so that neither waits for the other, whatever the amounts.
    /// </summary>
    /// <param name="text">The text, without a line end of its own.</param>
    /// <exception cref="InvalidOperationException">There is nothing to send to.</exception>
    /// <exception cref="IOException">The program does not read any more (EPIPE, EIO).</exception>
    /// <exception cref="ObjectDisposedException">This or the terminal is disposed.</exception>
    public void Send(string text) => SendAsync(text).GetAwaiter().GetResult();

    /// <inheritdoc cref="Send"/>
    /// <param name="cancellationToken">Ends the wait for room; a part may be sent.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task SendAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(_options.Encoding.GetBytes(text), text, cancellationToken);
    }

    /// <summary>Types a text and <see cref="ExpectOptions.NewLine"/>.</summary>
    /// <param name="text">The line.</param>
    /// <inheritdoc cref="Send"/>
    public void SendLine(string text = "") => Send(text + _options.NewLine);

    /// <inheritdoc cref="SendLine"/>
    /// <param name="cancellationToken">Ends the wait for room; a part may be sent.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task SendLineAsync(string text = "", CancellationToken cancellationToken = default) =>
        SendAsync(text + _options.NewLine, cancellationToken);

    /// <summary>
    /// Types a key together with Control: 'c' for ^C. A terminal makes a signal of some; on a pipe it is a character.
    /// </summary>
    /// <param name="key">A letter, or one of <c>@[\]^_?</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such key.</exception>
    /// <inheritdoc cref="Send" path="/exception"/>
    public void SendControl(char key) => SendControlAsync(key).GetAwaiter().GetResult();

    /// <inheritdoc cref="SendControl"/>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task SendControlAsync(char key, CancellationToken cancellationToken = default)
    {
        byte code = ControlKey.ByteOf(key);
        return SendAsync(new[] { code }, $"^{char.ToUpperInvariant(key)}", cancellationToken);
    }

    /// <summary>Lets the program see the end of its input: types ^D on a terminal, at the start of a line, and closes a pipe.</summary>
    /// <inheritdoc cref="Send" path="/exception"/>
    public void SendEndOfFile() => SendEndOfFileAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="SendEndOfFile"/>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SendEndOfFileAsync(CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        if (Terminal is not null)
        {
            await SendAsync(new[] { Terminal.EndKey }, "^D", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Stream input = Input();
            await _writeGate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await input.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                _writeGate.Release();
            }
        }
    }

    /// <summary>
    /// Waits until the terminal does not show what is typed, then types a password and <see cref="ExpectOptions.NewLine"/>. What is
    /// typed before that would be shown, and thrown away by many programs. On pipes it only sends. The log does not get it.
    /// </summary>
    /// <param name="password">The password.</param>
    /// <param name="timeout">How long to wait; null for <see cref="ExpectOptions.Timeout"/>.</param>
    /// <exception cref="TimeoutException">The terminal shows still what is typed; nothing was sent.</exception>
    /// <inheritdoc cref="Send" path="/exception"/>
    public void SendPassword(string password, TimeSpan? timeout = null) => SendPasswordAsync(password, timeout).GetAwaiter().GetResult();

    /// <inheritdoc cref="SendPassword"/>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SendPasswordAsync(string password, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(password);
        await WaitForEchoOffAsync(timeout, cancellationToken).ConfigureAwait(false);
        await SendAsync(_options.Encoding.GetBytes(password + _options.NewLine), Secret + _options.NewLine, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the terminal does not show what is typed. Pipes never do.</summary>
    /// <param name="timeout">How long; null for <see cref="ExpectOptions.Timeout"/>.</param>
    /// <exception cref="TimeoutException">It is shown still.</exception>
    /// <exception cref="IOException">No program has the terminal open any more (EIO).</exception>
    /// <exception cref="ObjectDisposedException">This or the terminal is disposed.</exception>
    public void WaitForEchoOff(TimeSpan? timeout = null)
    {
        EnsureNotDisposed();
        Terminal?.WaitForEchoOff(timeout ?? _options.Timeout);
    }

    /// <inheritdoc cref="WaitForEchoOff"/>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task WaitForEchoOffAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return Terminal?.WaitForEchoOffAsync(timeout ?? _options.Timeout, cancellationToken) ?? Task.CompletedTask;
    }

    /// <summary>
    /// Shows what was read and not taken, and connects this program's user to the terminal (<see cref="Pty.Interact(PtyInteractOptions?, CancellationToken)"/>). After
    /// that, waits go on.
    /// </summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <exception cref="InvalidOperationException">There is no terminal, or another call waits.</exception>
    /// <inheritdoc cref="Pty.Interact(PtyInteractOptions?, CancellationToken)"/>
    public async Task<PtyInteractEnd> InteractAsync(PtyInteractOptions? options = null, CancellationToken cancellationToken = default)
    {
        Pty terminal = Terminal ?? throw new InvalidOperationException("Only a terminal can be connected to a user.");
        BeginWait();
        try
        {
            await EnterReadAsync(Deadline.Never, cancellationToken).ConfigureAwait(false);
            return await ConnectAsync(terminal, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            EndWait();
        }
    }

    /// <inheritdoc cref="InteractAsync"/>
    public PtyInteractEnd Interact(PtyInteractOptions? options = null, CancellationToken cancellationToken = default) =>
        InteractAsync(options, cancellationToken).GetAwaiter().GetResult();

    private async Task<PtyInteractEnd> ConnectAsync(Pty terminal, PtyInteractOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            await _source.StopAsync(s_stopTime).ConfigureAwait(false);
            byte[] shown = _options.Encoding.GetBytes(_buffer.Take(_buffer.End, _buffer.End));
            return await terminal.InteractAsync(options, shown, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _readGate.Release();
        }
    }

    private Stream Input() =>
        _input ?? throw new InvalidOperationException($"{_name} has no input that is a pipe or a terminal: nothing can be sent.");

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, string shown, CancellationToken cancellationToken)
    {
        EnsureNotDisposed();
        Stream input = Input();
        await _writeGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_options.DelayBeforeSend > TimeSpan.Zero)
            {
                await Task.Delay(_options.DelayBeforeSend, cancellationToken).ConfigureAwait(false);
            }

            Task write = input.WriteAsync(bytes, cancellationToken).AsTask();
            if (!write.IsCompleted)
            {
                await ReadMeanwhileAsync(write).ConfigureAwait(false);
            }

            await write.ConfigureAwait(false);
            await input.FlushAsync(cancellationToken).ConfigureAwait(false);
            _options.OnSent?.Invoke(shown);
            _options.Log?.Write(shown);
        }
        finally
        {
            _writeGate.Release();
        }
    }

    /// <summary>A program that writes as much as it reads would stop reading if nobody took what it writes.</summary>
    private async Task ReadMeanwhileAsync(Task write)
    {
        // Somebody may wait for output, and read, at first.
        using CancellationTokenSource written = new();
        Task<bool> entering = EnterReadAsync(Deadline.Never, written.Token);
        await Task.WhenAny(write, entering).ConfigureAwait(false);
        await written.CancelAsync().ConfigureAwait(false);
        await ((Task)entering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!entering.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            while (!write.IsCompleted && !IsEnded)
            {
                await Task.WhenAny(write, _source.Reading).ConfigureAwait(false);
                if (!write.IsCompleted)
                {
                    _source.TakeIn();
                }
            }
        }
        finally
        {
            _readGate.Release();
        }
    }
}
