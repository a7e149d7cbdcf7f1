using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Utils;

namespace Cohort.Messaging;

// Overview
//
// A stream that encrypts cannot be asked whether it has bytes: its socket may be readable while there is only half a record,
// and not readable while the stream still holds decrypted bytes. And a read of it that is cancelled may lose some.
//
// So reads are never cancelled. One at most is on its way, into a buffer of this object; who waits waits for that read, may
// give up, and the next who comes finds it, or what it brought. Its result is taken over by the first who sees it done.

/// <summary>A stream, such as TLS over a socket, that is read ahead by what one read gives.</summary>
/// <param name="stream">Is disposed with this.</param>
/// <param name="socket">What is below the stream, also disposed; null when there is none, in tests.</param>
/// <param name="bufferSize">How much is read ahead at most.</param>
internal sealed class StreamLine(Stream stream, Socket? socket, int bufferSize = StreamLine.RecordSize) : ByteLine
{
    /// <summary>The most that a TLS record holds.</summary>
    private const int RecordSize = 16 * 1024;

    private const int MostDrained = 4 * RecordSize;

    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[bufferSize];
    private Task<int>? _reading;
    private int _start;
    private int _end;

    public override SafeHandle Handle => socket?.SafeHandle ?? throw new NotSupportedException("There is no socket below this stream.");

    public override async ValueTask<bool> WaitReadable(bool isAsync, Deadline deadline, CancellationToken cancellationToken)
    {
        while (Reading() is { IsCompleted: false } reading)
        {
            if (deadline.HasPassed)
            {
                return false;
            }

            if (isAsync)
            {
                using DeadlineToken limit = new(deadline, cancellationToken);
                await ((Task)reading).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                Block(reading, deadline.RemainingMilliseconds, cancellationToken);
            }

            if (!reading.IsCompleted)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return true;
    }

    public override async ValueTask<int> Read(bool isAsync, Memory<byte> buffer)
    {
        await WaitReadable(isAsync, Deadline.Never, default).ConfigureAwait(false);
        Task<int>? reading;
        lock (_gate)
        {
            reading = _reading;
        }

        if (reading is not null)
        {
            // The end and a fault stay: whoever reads again meets them again.
            int count = await reading.ConfigureAwait(false);
            if (count == 0)
            {
                return 0;
            }

            lock (_gate)
            {
                (_start, _end, _reading) = (0, count, null);
            }
        }

        lock (_gate)
        {
            int count = Math.Min(_end - _start, buffer.Length);
            _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
            _start += count;
            return count;
        }
    }

    public override ValueTask<bool> WaitWritable(bool isAsync, Deadline deadline, CancellationToken cancellationToken) =>
        socket is null ? new ValueTask<bool>(true) : SocketCalls.WaitWritable(isAsync, Handle, deadline, cancellationToken);

    public override async ValueTask Write(bool isAsync, ReadOnlyMemory<byte> bytes)
    {
        if (isAsync)
        {
            await stream.WriteAsync(bytes).ConfigureAwait(false);
            await stream.FlushAsync().ConfigureAwait(false);
        }
        else
        {
            stream.Write(bytes.Span);
            stream.Flush();
        }
    }

    public override void Dispose()
    {
        // The socket first: that ends a read on its way.
        if (socket is not null)
        {
            Drain(socket);
            SocketCalls.Close(socket);
        }

        stream.Dispose();
    }

    /// <summary>
    /// A socket that is closed with unread bytes resets the connection, and the peer loses what was on its way. TLS sends some
    /// of its own that nobody has asked for, such as the tickets by which a client may come back.
    /// </summary>
    private static void Drain(Socket socket)
    {
        try
        {
            Span<byte> room = stackalloc byte[4096];
            for (int taken = 0, count; taken < MostDrained && (count = SocketCalls.TryReceive(socket.SafeHandle, room)) > 0; taken += count)
            {
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // It is closed already, or the peer has reset it.
        }
    }

    /// <summary>Waits in vain for what fails: the read says what it is.</summary>
    private static void Block(Task reading, int milliseconds, CancellationToken cancellationToken)
    {
        try
        {
            reading.Wait(milliseconds, cancellationToken);
        }
        catch (Exception fault) when (fault is AggregateException or OperationCanceledException)
        {
        }
    }

    /// <summary>The read on its way; null while the buffer holds bytes.</summary>
    private Task<int>? Reading()
    {
        lock (_gate)
        {
            return _start < _end ? null : _reading ??= stream.ReadAsync(_buffer).AsTask();
        }
    }
}
