using Cohort.Subprocesses;
using Cohort.Utils;
using Microsoft.Win32.SafeHandles;

namespace Cohort;

public sealed partial class Subprocess
{
    /// <summary>
    /// Sends input, closes it, reads what the command writes to its pipes, and blocks until it has ended. All at once, so that
    /// neither side waits for the other, whatever the amounts.
    /// </summary>
    /// <param name="input">What goes to standard input, which must be a pipe then; null closes that at once.</param>
    /// <param name="timeout">
    /// How long; null for as long as it takes. The command runs on after it, nothing is lost, and another call, without input,
    /// goes on where this one stopped.
    /// </param>
    /// <returns>The result, with what was captured.</returns>
    /// <exception cref="SubprocessTimeoutException">It has not ended in time; has the output so far.</exception>
    /// <exception cref="SubprocessOverflowException">It wrote more than the limit.</exception>
    /// <exception cref="InvalidOperationException">There is input, and standard input is no open pipe or an earlier call has begun.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public CompletedSubprocess Communicate(string? input = null, TimeSpan? timeout = null) =>
        Converse(Encode(input), timeout) ?? throw NewTimeout(timeout!.Value);

    /// <inheritdoc cref="Communicate(string, TimeSpan?)"/>
    public CompletedSubprocess Communicate(ReadOnlyMemory<byte> input, TimeSpan? timeout = null) =>
        Converse(input, timeout) ?? throw NewTimeout(timeout!.Value);

    /// <inheritdoc cref="Communicate(string, TimeSpan?)"/>
    /// <returns>The result, or null when it has not ended in time.</returns>
    public CompletedSubprocess? TryCommunicate(TimeSpan timeout, string? input = null) => Converse(Encode(input), timeout);

    /// <inheritdoc cref="TryCommunicate(TimeSpan, string?)"/>
    public CompletedSubprocess? TryCommunicate(TimeSpan timeout, ReadOnlyMemory<byte> input) => Converse(input, timeout);

    /// <summary>
    /// Sends input, closes it, reads what the command writes to its pipes, and waits until it has ended. All at once, so that
    /// neither side waits for the other, whatever the amounts.
    /// </summary>
    /// <inheritdoc cref="Communicate(string, TimeSpan?)" path="/param"/>
    /// <param name="cancellationToken">Ends the wait, as the timeout does, and not the command.</param>
    /// <inheritdoc cref="Communicate(string, TimeSpan?)" path="/returns"/>
    /// <inheritdoc cref="Communicate(string, TimeSpan?)" path="/exception"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<CompletedSubprocess> CommunicateAsync(
        string? input = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await ConverseAsync(Encode(input), timeout, cancellationToken).ConfigureAwait(false) ?? throw NewTimeout(timeout!.Value);

    /// <inheritdoc cref="CommunicateAsync(string, TimeSpan?, CancellationToken)"/>
    public async Task<CompletedSubprocess> CommunicateAsync(
        ReadOnlyMemory<byte> input, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await ConverseAsync(input, timeout, cancellationToken).ConfigureAwait(false) ?? throw NewTimeout(timeout!.Value);

    /// <inheritdoc cref="CommunicateAsync(string, TimeSpan?, CancellationToken)"/>
    /// <returns>The result, or null when it has not ended in time.</returns>
    public Task<CompletedSubprocess?> TryCommunicateAsync(
        TimeSpan timeout, string? input = null, CancellationToken cancellationToken = default) =>
        ConverseAsync(Encode(input), timeout, cancellationToken);

    /// <inheritdoc cref="TryCommunicateAsync(TimeSpan, string?, CancellationToken)"/>
    public Task<CompletedSubprocess?> TryCommunicateAsync(
        TimeSpan timeout, ReadOnlyMemory<byte> input, CancellationToken cancellationToken = default) =>
        ConverseAsync(input, timeout, cancellationToken);

    internal ReadOnlyMemory<byte>? Encode(string? input) =>
        input is null ? default(ReadOnlyMemory<byte>?) : _options.Encoding.GetBytes(input).AsMemory();

    internal CompletedSubprocess? Converse(ReadOnlyMemory<byte>? input, TimeSpan? timeout)
    {
        Deadline deadline = DeadlineOf(timeout);
        EnsureNotDisposed();
        if (!deadline.Enter(_exchangeGate))
        {
            return null;
        }

        try
        {
            EnsureNotDisposed();
            Exchange exchange = BeginExchange(input);
            if (!exchange.Run(deadline) || !(exchange.IsStopped || deadline.Wait(_background)))
            {
                return null;
            }

            ThrowIfFaulted();
            ObjectDisposedException.ThrowIf(exchange.IsStopped, this);
            return NewResult(_child.ExitStatus!.Value);
        }
        finally
        {
            _exchangeGate.Release();
        }
    }

    internal async Task<CompletedSubprocess?> ConverseAsync(
        ReadOnlyMemory<byte>? input, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Deadline deadline = DeadlineOf(timeout);
        EnsureNotDisposed();
        if (!await deadline.EnterAsync(_exchangeGate, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        try
        {
            EnsureNotDisposed();
            Exchange exchange = BeginExchange(input);
            if (!await exchange.RunAsync(deadline, cancellationToken).ConfigureAwait(false)
                || !(exchange.IsStopped || await deadline.WaitAsync(_background, cancellationToken).ConfigureAwait(false)))
            {
                return null;
            }

            ThrowIfFaulted();
            ObjectDisposedException.ThrowIf(exchange.IsStopped, this);
            return NewResult(_child.ExitStatus!.Value);
        }
        finally
        {
            _exchangeGate.Release();
        }
    }

    /// <summary>Takes over the pipes that are still ours to serve; later calls get the same exchange.</summary>
    private Exchange BeginExchange(ReadOnlyMemory<byte>? input)
    {
        if (_exchange is not null)
        {
            return input is null
                ? _exchange
                : throw new InvalidOperationException("An earlier call has begun to communicate: no more input can be sent.");
        }

        if (input is not null && _streams.InputEnd is not { IsClosed: false })
        {
            throw new InvalidOperationException("Standard input is no open pipe: start the command with StandardInput = Redirect.Pipe.");
        }

        List<OutputPump> outputs = [];
        InputPump? feeder = _streams.InputEnd is { IsClosed: false } end ? new InputPump(end, input ?? default, null, _options.BufferSize) : null;
        _output = AddCapture(_streams.OutputEnd, outputs);
        _error = AddCapture(_streams.ErrorEnd, outputs);
        if (_served is null)
        {
            feeder ??= _streams.InputPump;
            outputs.AddRange(new[] { _streams.OutputPump, _streams.ErrorPump }.OfType<OutputPump>());
        }

        _exchange = new Exchange(_child, feeder, [.. outputs], _options.DrainTimeout, _options.Detached);

        // A disposal closes the pipes at once when it sees no exchange. Whether it did is known only after ours can be seen:
        // a result without what the pipes held would pass for a whole one.
        Interlocked.MemoryBarrier();
        EnsureNotDisposed();
        return _exchange;
    }

    private CaptureSink? AddCapture(SafeFileHandle? pipe, List<OutputPump> outputs)
    {
        if (pipe is not { IsClosed: false })
        {
            return null;
        }

        CaptureSink capture = _streams.NewCapture();
        outputs.Add(new OutputPump(pipe, capture, _options.BufferSize));
        return capture;
    }
}
