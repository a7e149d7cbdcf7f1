using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>What drives a pseudo-terminal: reads what programs show, writes what is typed. It has no buffer.</summary>
/// <remarks>Closing wakes whoever waits: a terminal is hung up only when the last descriptor that drives it is closed.</remarks>
/// <param name="driver">Belongs to the stream from here on.</param>
internal sealed class PtyStream(SafeFileHandle driver) : Stream
{
    private readonly Terminal _terminal = new(driver);

    /// <summary>For what is asked of the terminal itself.</summary>
    public SafeFileHandle Driver => driver;

    public override bool CanRead => !_terminal.IsClosed;

    public override bool CanWrite => !_terminal.IsClosed;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc cref="DescriptorChannel.TryRead"/>
    public int? TryRead(Span<byte> buffer) => _terminal.TryRead(buffer);

    /// <inheritdoc cref="DescriptorChannel.TryWrite"/>
    public int TryWrite(ReadOnlySpan<byte> buffer) => _terminal.TryWrite(buffer);

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer) => _terminal.Read(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _terminal.ReadAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void Write(ReadOnlySpan<byte> buffer) => _terminal.Write(buffer);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _terminal.WriteAsync(buffer, cancellationToken);

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <exception cref="IOException">No program has the terminal open any more (EIO).</exception>
    public void ThrowIfHungUp(string intent) => _terminal.ThrowIfHungUp(intent);

    public void EnsureOpen() => _terminal.EnsureOpen();

    /// <inheritdoc cref="DescriptorChannel.Closing"/>
    public CancellationToken Closing() => _terminal.Closing();

    /// <inheritdoc cref="DescriptorChannel.Pause"/>
    public void Pause(TimeSpan time) => _terminal.Pause(time);

    protected override void Dispose(bool disposing)
    {
        _terminal.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Terminal(SafeFileHandle driver) : DescriptorChannel(driver, Descriptors.Duplicate(driver))
    {
        /// <summary>The end is where no program has the terminal open any more.</summary>
        public override int? TryRead(Span<byte> buffer)
        {
            try
            {
                return Descriptors.TryRead(Reading, buffer);
            }
            catch (IOException fault) when (fault.HResult == Errno.EIO)
            {
                return 0;
            }
        }

        public override int TryWrite(ReadOnlySpan<byte> buffer)
        {
            // The kernel would take what nobody reads.
            ThrowIfHungUp("write to");
            return Descriptors.TryWrite(Writing, buffer);
        }

        public override void EnsureOpen() => ObjectDisposedException.ThrowIf(IsClosed, typeof(Pty));

        public void ThrowIfHungUp(string intent)
        {
            // No event is asked for: what poll tells then is the hang-up.
            if (Descriptors.WaitFor(Writing, 0, 0))
            {
                throw OsError.ToException(Errno.EIO, $"cannot {intent} a pseudo-terminal: no program has it open any more");
            }
        }
    }
}
