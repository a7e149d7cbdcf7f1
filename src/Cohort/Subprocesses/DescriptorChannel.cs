using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Reads and writes through non-blocking descriptors, and waits where those would not. Closing wakes whoever waits.</summary>
/// <param name="reading">Belongs to the channel from here on.</param>
/// <param name="writing">Another descriptor, since a watch takes each once only, or the same where only one way is used.</param>
internal abstract class DescriptorChannel(SafeFileHandle reading, SafeFileHandle writing) : IDisposable
{
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Readable once the channel is closed. Made by the first wait that blocks, as most never do.</summary>
    private EventDescriptor? _closed;
    private bool _isClosed;

    public bool IsClosed => Volatile.Read(ref _isClosed) || reading.IsClosed;

    protected SafeFileHandle Reading => reading;

    protected SafeFileHandle Writing => writing;

    /// <summary>Null when there is nothing; 0 at the end.</summary>
    public abstract int? TryRead(Span<byte> buffer);

    /// <summary>0 when there is no room.</summary>
    /// <exception cref="IOException">Nobody reads any more.</exception>
    public abstract int TryWrite(ReadOnlySpan<byte> buffer);

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public abstract void EnsureOpen();

    public int Read(Span<byte> buffer)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            if (TryRead(buffer) is int count)
            {
                return count;
            }

            Wait(reading, Libc.POLLIN, Timeout.Infinite);
        }

        return 0;
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            if (TryRead(buffer.Span) is int count)
            {
                return count;
            }

            await WaitAsync(reading, forWriting: false, cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    public void Write(ReadOnlySpan<byte> buffer)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            int count = TryWrite(buffer);
            buffer = buffer[count..];
            if (count == 0)
            {
                Wait(writing, Libc.POLLOUT, Timeout.Infinite);
            }
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        EnsureOpen();
        while (buffer.Length > 0)
        {
            int count = TryWrite(buffer.Span);
            buffer = buffer[count..];
            if (count == 0)
            {
                await WaitAsync(writing, forWriting: true, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Cancelled when the channel is closed.</summary>
    public CancellationToken Closing()
    {
        EnsureOpen();
        return _closing.Token;
    }

    /// <summary>A pause that closing ends.</summary>
    /// <exception cref="ObjectDisposedException">It was closed meanwhile.</exception>
    public void Pause(TimeSpan time) => Wait(null, 0, (int)time.TotalMilliseconds);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        _closing.Cancel();
        EventDescriptor? closed = Volatile.Read(ref _closed);
        try
        {
            closed?.Set();
        }
        catch (ObjectDisposedException)
        {
            // Who was about to wait has seen the end by itself.
        }

        reading.Dispose();
        writing.Dispose();
        closed?.Dispose();
        _closing.Dispose();
    }

    private void Wait(SafeFileHandle? handle, short events, int milliseconds)
    {
        bool hasHandle = false;
        bool hasClosed = false;
        SafeFileHandle? closed = null;
        try
        {
            closed = Closed();
            closed.DangerousAddRef(ref hasClosed);
            handle?.DangerousAddRef(ref hasHandle);
            Span<PollFd> polls =
            [
                new() { fd = (int)closed.DangerousGetHandle(), events = Libc.POLLIN },
                new() { fd = hasHandle ? (int)handle!.DangerousGetHandle() : -1, events = events },
            ];
            Descriptors.Poll(polls, milliseconds);
        }
        catch (ObjectDisposedException)
        {
            // Closed at this moment: said below, with the right name.
        }
        finally
        {
            if (hasHandle)
            {
                handle!.DangerousRelease();
            }

            if (hasClosed)
            {
                closed!.DangerousRelease();
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

    /// <summary>Published before the look whether the channel is closed, which is set before who closes looks for this one.</summary>
    private SafeFileHandle Closed()
    {
        EventDescriptor? closed = Volatile.Read(ref _closed);
        if (closed is null)
        {
            EventDescriptor made = new();
            closed = Interlocked.CompareExchange(ref _closed, made, null) ?? made;
            if (closed != made)
            {
                made.Dispose();
            }
        }

        if (Volatile.Read(ref _isClosed))
        {
            closed.Dispose();
        }

        EnsureOpen();
        return closed.Handle;
    }
}
