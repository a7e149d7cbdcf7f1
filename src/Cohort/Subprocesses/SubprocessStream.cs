using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>This process's end of a pipe to or from a command. It has no buffer.</summary>
/// <remarks>The handle is non-blocking; this stream waits where that would not.</remarks>
public sealed class SubprocessStream : Stream
{
    private readonly bool _writes;

    internal SubprocessStream(SafeFileHandle handle, bool writes)
    {
        SafeFileHandle = handle;
        _writes = writes;
    }

    /// <summary>The pipe's descriptor, for those who wait for many: it belongs to this stream.</summary>
    public SafeFileHandle SafeFileHandle { get; }

    /// <inheritdoc/>
    public override bool CanRead => !_writes && !SafeFileHandle.IsClosed;

    /// <inheritdoc/>
    public override bool CanWrite => _writes && !SafeFileHandle.IsClosed;

    /// <summary>Always false.</summary>
    public override bool CanSeek => false;

    /// <summary>Not there.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not there.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <summary>Reads what is there, and waits when there is nothing; 0 at the end.</summary>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    /// <exception cref="NotSupportedException">It is for writing.</exception>
    /// <exception cref="IOException">The read failed.</exception>
    public override int Read(Span<byte> buffer)
    {
        EnsureReads();
        if (buffer.Length == 0)
        {
            return 0;
        }

        while (true)
        {
            if (Descriptors.TryRead(SafeFileHandle, buffer) is int count)
            {
                return count;
            }

            Descriptors.WaitFor(SafeFileHandle, Libc.POLLIN, Timeout.Infinite);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was read then.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EnsureReads();
        while (buffer.Length > 0)
        {
            if (Descriptors.TryRead(SafeFileHandle, buffer.Span) is int count)
            {
                return count;
            }

            await Readiness.WaitAsync(SafeFileHandle, forWriting: false, cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Writes all, and waits while the pipe is full.</summary>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    /// <exception cref="NotSupportedException">It is for reading.</exception>
    /// <exception cref="IOException">The command does not read any more (EPIPE).</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        EnsureWrites();
        while (buffer.Length > 0)
        {
            int count = WriteSome(buffer);
            buffer = buffer[count..];
            if (count == 0)
            {
                Descriptors.WaitFor(SafeFileHandle, Libc.POLLOUT, Timeout.Infinite);
            }
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    /// <exception cref="OperationCanceledException">The token was cancelled; a part may be written.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EnsureWrites();
        while (buffer.Length > 0)
        {
            int count = WriteSome(buffer.Span);
            buffer = buffer[count..];
            if (count == 0)
            {
                await Readiness.WaitAsync(SafeFileHandle, forWriting: true, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Does nothing: there is no buffer.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Not there.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not there.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        SafeFileHandle.Dispose();
        base.Dispose(disposing);
    }

    private int WriteSome(ReadOnlySpan<byte> buffer) => Descriptors.TryWrite(SafeFileHandle, buffer) is var count && count >= 0
        ? count
        : throw OsError.ToException(Errno.EPIPE, "cannot write to a command: it has ended, or closed its input");

    private void EnsureReads()
    {
        ObjectDisposedException.ThrowIf(SafeFileHandle.IsClosed, this);
        if (_writes)
        {
            throw new NotSupportedException("A command's input is for writing.");
        }
    }

    private void EnsureWrites()
    {
        ObjectDisposedException.ThrowIf(SafeFileHandle.IsClosed, this);
        if (!_writes)
        {
            throw new NotSupportedException("A command's output is for reading.");
        }
    }
}
