using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Copies between a user and a pseudo-terminal, on the thread that calls.</summary>
/// <remarks>
/// The user's descriptors are left as they are: to make them non-blocking would hit all programs that share them. So poll says
/// when to read, and nothing is read from the user that is not handed on. Neither side waits for the other: what is typed and
/// finds no room is kept, and no more is read then.
/// </remarks>
internal sealed class PtyInteraction(PtyStream stream, Func<byte> endKey, PtyInteractOptions options)
{
    private readonly SafeHandle _input = options.Input ?? new SafeFileHandle(0, ownsHandle: false);
    private readonly SafeHandle _output = options.Output ?? new SafeFileHandle(1, ownsHandle: false);
    private readonly byte? _escape = options.EscapeKey is char key ? ControlKey.ByteOf(key) : null;
    private readonly byte[] _typedBuffer = new byte[4096];
    private readonly byte[] _shownBuffer = new byte[64 * 1024];

    private ReadOnlyMemory<byte> _typed;
    private byte _lastTyped = (byte)'\n';
    private bool _inputEnded;
    private bool _escaped;

    /// <param name="shown">What is shown at first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The stream was closed.</exception>
    /// <exception cref="IOException">A descriptor fails.</exception>
    public PtyInteractEnd Run(ReadOnlyMemory<byte> shown, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using RawMode? raw = Terminals.IsTerminal(_input) ? RawMode.Enter(TerminalMode.Raw, _input) : null;
        using PosixSignalRegistration? resize = FollowSize();
        using EventDescriptor cancelled = new();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((EventDescriptor)state!).Set(), cancelled);
        using CancellationTokenRegistration closing = stream.Closing().UnsafeRegister(static state => ((EventDescriptor)state!).Set(), cancelled);
        bool isHeld = false;
        try
        {
            stream.Driver.DangerousAddRef(ref isHeld);
            return Copy(shown, cancelled, cancellationToken);
        }
        finally
        {
            if (isHeld)
            {
                stream.Driver.DangerousRelease();
            }
        }
    }

    private PtyInteractEnd Copy(ReadOnlyMemory<byte> shown, EventDescriptor cancelled, CancellationToken cancellationToken)
    {
        WriteAll((options.OutputFilter?.Invoke(shown) ?? shown).Span);
        while (true)
        {
            bool isReadable = Wait(cancelled.Handle, out bool hasShown, out bool hasRoom);
            cancellationToken.ThrowIfCancellationRequested();
            stream.EnsureOpen();
            if (hasShown && !Show())
            {
                return PtyInteractEnd.Ended;
            }

            if (isReadable)
            {
                Take();
            }

            if (hasRoom || isReadable)
            {
                Type();
            }

            if (_escaped && _typed.IsEmpty)
            {
                return PtyInteractEnd.Escaped;
            }
        }
    }

    private PosixSignalRegistration? FollowSize()
    {
        if (!Terminals.IsTerminal(_output))
        {
            return null;
        }

        PosixSignalRegistration registration = PosixSignalRegistration.Create((PosixSignal)Signal.SIGWINCH, _ => CopySize());
        CopySize();
        return registration;
    }

    private void CopySize()
    {
        try
        {
            Terminals.SetSize(stream.Driver, Terminals.GetSize(_output));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // One of the two is gone, which the loop sees by itself.
        }
    }

    private bool Wait(SafeHandle cancelled, out bool hasShown, out bool hasRoom)
    {
        bool reads = _typed.IsEmpty && !_inputEnded;
        Span<PollFd> polls =
        [
            new() { fd = (int)stream.Driver.DangerousGetHandle(), events = (short)(Libc.POLLIN | (_typed.IsEmpty ? 0 : Libc.POLLOUT)) },
            new() { fd = (int)cancelled.DangerousGetHandle(), events = Libc.POLLIN },

            // A negative number is left out.
            new() { fd = reads ? (int)_input.DangerousGetHandle() : -1, events = Libc.POLLIN },
        ];
        Descriptors.Poll(polls, Timeout.Infinite);
        hasShown = (polls[0].revents & ~Libc.POLLOUT) != 0;
        hasRoom = (polls[0].revents & Libc.POLLOUT) != 0;
        return polls[2].revents != 0;
    }

    /// <summary>False at the end.</summary>
    private bool Show()
    {
        switch (stream.TryRead(_shownBuffer))
        {
            case null:
                return true;
            case 0:
                return false;
            case int count:
                ReadOnlyMemory<byte> shown = _shownBuffer.AsMemory(0, count);
                WriteAll((options.OutputFilter?.Invoke(shown) ?? shown).Span);
                return true;
        }
    }

    private void WriteAll(ReadOnlySpan<byte> shown)
    {
        while (shown.Length > 0)
        {
            int count = Descriptors.TryWrite(_output, shown);
            if (count < 0)
            {
                throw OsError.ToException(Errno.EPIPE, "cannot show what a program writes to its terminal");
            }

            shown = shown[count..];
            if (count == 0)
            {
                Descriptors.WaitFor(_output, Libc.POLLOUT, Timeout.Infinite);
            }
        }
    }

    private void Take()
    {
        int? read = TryReadInput();
        if (read is null)
        {
            return;
        }

        if (read == 0)
        {
            _inputEnded = true;

            // As a user would: the key for the end means that only at the start of a line.
            byte end = endKey();
            _typed = _lastTyped == '\n' ? new[] { end } : new[] { end, end };
            return;
        }

        ReadOnlyMemory<byte> typed = _typedBuffer.AsMemory(0, read.Value);
        if (_escape is byte escape && typed.Span.IndexOf(escape) is var index && index >= 0)
        {
            _escaped = true;
            _inputEnded = true;
            typed = typed[..index];
        }

        _typed = options.InputFilter?.Invoke(typed) ?? typed;
        _lastTyped = _typed.IsEmpty ? _lastTyped : _typed.Span[^1];
    }

    private int? TryReadInput()
    {
        try
        {
            return Descriptors.TryRead(_input, _typedBuffer);
        }
        catch (IOException fault) when (fault.HResult == Errno.EIO)
        {
            // A terminal that was hung up.
            return 0;
        }
    }

    private void Type()
    {
        try
        {
            while (!_typed.IsEmpty && stream.TryWrite(_typed.Span) is var count && count > 0)
            {
                _typed = _typed[count..];
            }
        }
        catch (IOException fault) when (fault.HResult == Errno.EIO)
        {
            // Nobody is left who would read it; the last output may still be there.
            _typed = default;
        }
    }
}
