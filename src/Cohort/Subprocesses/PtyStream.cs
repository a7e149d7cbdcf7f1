using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>What drives a pseudo-terminal: reads what programs show, writes what is typed. It has no buffer.</summary>
/// <remarks>
/// Reading and writing have a descriptor each, since a watch takes a descriptor once only. Closing wakes whoever waits: a
/// terminal is hung up only when the last descriptor that drives it is closed.
/// </remarks>
internal sealed class PtyStream : Stream
{
    private readonly SafeFileHandle _reading;
    private readonly SafeFileHandle _writing;
    private readonly EventDescriptor _closed;
    private readonly CancellationTokenSource _closing = new();
    private bool _isDisposed;

    /// <param name="driver">Belongs to the stream from here on.</param>
    public PtyStream(SafeFileHandle driver)
    {
        _reading = driver;
        _writing = Descriptors.Duplicate(driver);
        try
        {
            _closed = new EventDescriptor();
        }
        catch
        {
            _writing.Dispose();
            throw;
        }
    }

    /// <summary>For what is asked of the terminal itself.</summary>
    public SafeFileHandle Driver => _reading;

    public override bool CanRead => !_isDisposed;

    public override bool CanWrite => !_isDisposed;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Null when there is nothing; 0 when no program has the terminal open any more.</summary>
    public int? TryRead(Span<byte> buffer)
    {
        try
        {
            return Descriptors.TryRead(_reading, buffer);
        }
        catch (IOException fault) when (fault.HResult == Errno.EIO)
        {
            return 0;
        }
    }

    /// <summary>0 when there is no room.</summary>
    /// <exception cref="IOException">No program has the terminal open any more (EIO).</exception>
    public int TryWrite(ReadOnlySpan<byte> buffer)
    {
        // The kernel would take what nobody reads. No event is asked for: what poll tells then is the hang-up.
        if (Descriptors.WaitFor(_writing, 0, 0))
        {
            throw OsError.ToException(Errno.EIO, "cannot write to a pseudo-terminal: no program has it open any more");
        }

        return Descriptors.TryWrite(_writing, buffer);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            if (TryRead(buffer) is int count)
            {
                return count;
            }

            Wait(_reading, Libc.POLLIN);
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            if (TryRead(buffer.Span) is int count)
            {
                return count;
            }

            await WaitAsync(_reading, forWriting: false, cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            int count = TryWrite(buffer);
            buffer = buffer[count..];
            if (count == 0)
            {
                Wait(_writing, Libc.POLLOUT);
            }
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            int count = TryWrite(buffer.Span);
            buffer = buffer[count..];
            if (count == 0)
            {
                await WaitAsync(_writing, forWriting: true, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public void EnsureOpen() => ObjectDisposedException.ThrowIf(_isDisposed, typeof(Pty));

    /// <summary>Cancelled when the stream is closed.</summary>
    public CancellationToken Closing()
    {
        EnsureOpen();
        return _closing.Token;
    }

    /// <summary>A pause that closing ends.</summary>
    public void WaitForClose(TimeSpan longest)
    {
        EnsureOpen();
        Descriptors.WaitFor(_closed.Handle, Libc.POLLIN, (int)longest.TotalMilliseconds);
    }

    protected override void Dispose(bool disposing)
    {
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _closing.Cancel();
            _closed.Set();
            _reading.Dispose();
            _writing.Dispose();
            _closed.Dispose();
            _closing.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Wait(SafeFileHandle handle, short events)
    {
        bool hasHandle = false;
        bool hasClosed = false;
        try
        {
            handle.DangerousAddRef(ref hasHandle);
            _closed.Handle.DangerousAddRef(ref hasClosed);
            Span<PollFd> polls =
            [
                new() { fd = (int)handle.DangerousGetHandle(), events = events },
                new() { fd = (int)_closed.Handle.DangerousGetHandle(), events = Libc.POLLIN },
            ];
            Descriptors.Poll(polls, Timeout.Infinite);
        }
        finally
        {
            if (hasHandle)
            {
                handle.DangerousRelease();
            }

            if (hasClosed)
            {
                _closed.Handle.DangerousRelease();
            }
        }

        EnsureOpen();
    }

    private async Task WaitAsync(SafeFileHandle handle, bool forWriting, CancellationToken cancellationToken)
    {
        CancellationToken closing = Closing();
        using CancellationTokenSource? both = cancellationToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing)
            : null;
        try
        {
            await Readiness.WaitAsync(handle, forWriting, both?.Token ?? closing).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EnsureOpen();
            throw;
        }
    }
}
