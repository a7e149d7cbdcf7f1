using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>This process's end of a pipe to or from a command. It has no buffer.</summary>
/// <remarks>The handle is non-blocking; this stream waits where that would not. Closing the stream ends such waits.</remarks>
public sealed class SubprocessStream : Stream
{
    private readonly bool _writes;
    private readonly Pipe _pipe;

    internal SubprocessStream(SafeFileHandle handle, bool writes)
    {
        SafeFileHandle = handle;
        _writes = writes;
        _pipe = new Pipe(this);
    }

    /// <summary>The pipe's descriptor, for those who wait for many: it belongs to this stream.</summary>
    public SafeFileHandle SafeFileHandle { get; }

    /// <inheritdoc/>
    public override bool CanRead => !_writes && !_pipe.IsClosed;

    /// <inheritdoc/>
    public override bool CanWrite => _writes && !_pipe.IsClosed;

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
    /// <exception cref="ObjectDisposedException">The stream is closed, or was while this waited.</exception>
    /// <exception cref="NotSupportedException">It is for writing.</exception>
    /// <exception cref="IOException">The read failed.</exception>
    public override int Read(Span<byte> buffer)
    {
        EnsureReads();
        return _pipe.Read(buffer);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was read then.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EnsureReads();
        return _pipe.ReadAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Writes all, and waits while the pipe is full.</summary>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was while this waited.</exception>
    /// <exception cref="NotSupportedException">It is for reading.</exception>
    /// <exception cref="IOException">The command does not read any more (EPIPE).</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        EnsureWrites();
        _pipe.Write(buffer);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    /// <exception cref="OperationCanceledException">The token was cancelled; a part may be written.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        EnsureWrites();
        return _pipe.WriteAsync(buffer, cancellationToken);
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
        _pipe.Dispose();
        base.Dispose(disposing);
    }

    private void EnsureReads()
    {
        _pipe.EnsureOpen();
        if (_writes)
        {
            throw new NotSupportedException("A command's input is for writing.");
        }
    }

    private void EnsureWrites()
    {
        _pipe.EnsureOpen();
        if (!_writes)
        {
            throw new NotSupportedException("A command's output is for reading.");
        }
    }

    private sealed class Pipe(SubprocessStream stream) : DescriptorChannel(stream.SafeFileHandle, stream.SafeFileHandle)
    {
        public override int? TryRead(Span<byte> buffer) => Descriptors.TryRead(Reading, buffer);

        public override int TryWrite(ReadOnlySpan<byte> buffer) => Descriptors.TryWrite(Writing, buffer) is var count && count >= 0
            ? count
            : throw OsError.ToException(Errno.EPIPE, "cannot write to a command: it has ended, or closed its input");

        public override void EnsureOpen() => ObjectDisposedException.ThrowIf(IsClosed, stream);
    }
}
