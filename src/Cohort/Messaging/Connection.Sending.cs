using Cohort.Utils;

namespace Cohort.Messaging;

public sealed partial class Connection
{
    /// <summary>Sends an object as one message. Blocks while the peer is too far behind.</summary>
    /// <param name="value">What to send. It is encoded before this returns.</param>
    /// <param name="timeout">How long to wait for room at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait for room; a message that has started is sent.</param>
    /// <typeparam name="T">The value's type. The receiver may ask for it or for a base type.</typeparam>
    /// <exception cref="Serializing.PickleException">Something in the value cannot travel. Nothing was sent.</exception>
    /// <exception cref="TimeoutException">There was no room in time. Nothing was sent.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing was sent.</exception>
    /// <exception cref="IOException">The peer is gone.</exception>
    /// <exception cref="InvalidOperationException">This is the receiving end of a one-way pair.</exception>
    /// <exception cref="ObjectDisposedException">The connection is closed.</exception>
    public void Send<T>(T value, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TrySend(value, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw TimedOut(timeout, "there was no room for a message");
        }
    }

    /// <summary>Sends an object as one message, without blocking a thread.</summary>
    /// <inheritdoc cref="Send"/>
    public async ValueTask SendAsync<T>(T value, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TrySendAsync(value, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout, "there was no room for a message");
        }
    }

    /// <summary>Sends an object if there is room for it, or comes to be in time.</summary>
    /// <param name="value">What to send.</param>
    /// <param name="timeout">How long to wait for room at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>Whether it was sent.</returns>
    /// <inheritdoc cref="Send" path="//typeparam|//exception[not(@cref='T:System.TimeoutException')]"/>
    public bool TrySend<T>(T value, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureWritable();
        Deadline deadline = Deadline.In(timeout);
        IRingSource message = _format.Encode(value, _transport.Mail);
        bool isSent = false;
        try
        {
            isSent = _transport.TrySend(message, deadline, cancellationToken);
            return isSent;
        }
        finally
        {
            _format.Release(message, isSent);
        }
    }

    /// <inheritdoc cref="TrySend"/>
    public ValueTask<bool> TrySendAsync<T>(T value, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureWritable();
        return SendEncodedAsync(value, Deadline.In(timeout), cancellationToken);
    }

    /// <summary>Sends bytes as one message; there may be none.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="timeout">How long to wait for room at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <inheritdoc cref="Send" path="//exception[not(@cref='T:Cohort.Serializing.PickleException')]"/>
    public void SendBytes(ReadOnlyMemory<byte> bytes, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TrySendBytes(bytes, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw TimedOut(timeout, "there was no room for a message");
        }
    }

    /// <inheritdoc cref="SendBytes(ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/>
    public unsafe void SendBytes(ReadOnlySpan<byte> bytes, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        EnsureWritable();
        fixed (byte* start = bytes)
        {
            PinnedSource message = new(start, bytes.Length);
            if (!_transport.TrySend(message, Deadline.In(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken))
            {
                throw TimedOut(timeout, "there was no room for a message");
            }
        }
    }

    /// <summary>Sends a part of an array as one message (Python: the offset and size of <c>send_bytes</c>).</summary>
    /// <param name="buffer">Holds the message.</param>
    /// <param name="offset">Where the message starts.</param>
    /// <param name="size">How many bytes it has; null: all that follow.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the array.</exception>
    /// <inheritdoc cref="SendBytes(ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)" path="//exception[not(@cref='T:System.ArgumentOutOfRangeException') and not(@cref='T:System.TimeoutException') and not(@cref='T:System.OperationCanceledException')]"/>
    /// <remarks>It waits for room without end. The other forms take a part as well: <c>buffer.AsMemory(offset, size)</c>.</remarks>
    public void SendBytes(byte[] buffer, int offset, int? size = null)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, buffer.Length);
        int length = size ?? buffer.Length - offset;
        ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(size));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, buffer.Length - offset, nameof(size));
        SendBytes(buffer.AsMemory(offset, length));
    }

    /// <summary>Sends bytes as one message, without blocking a thread.</summary>
    /// <inheritdoc cref="SendBytes(ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/>
    public async ValueTask SendBytesAsync(ReadOnlyMemory<byte> bytes, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TrySendBytesAsync(bytes, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout, "there was no room for a message");
        }
    }

    /// <summary>Sends bytes if there is room for them, or comes to be in time.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="timeout">How long to wait for room at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>Whether they were sent.</returns>
    /// <inheritdoc cref="TrySend" path="//exception[not(@cref='T:Cohort.Serializing.PickleException')]"/>
    public bool TrySendBytes(ReadOnlyMemory<byte> bytes, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureWritable();
        return _transport.TrySend(new BytesSource(bytes), Deadline.In(timeout), cancellationToken);
    }

    /// <inheritdoc cref="TrySendBytes"/>
    public ValueTask<bool> TrySendBytesAsync(ReadOnlyMemory<byte> bytes, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureWritable();
        return _transport.TrySendAsync(new BytesSource(bytes), Deadline.In(timeout), cancellationToken);
    }

    private async ValueTask<bool> SendEncodedAsync(object? value, Deadline deadline, CancellationToken cancellationToken)
    {
        IRingSource message = _format.Encode(value, _transport.Mail);
        bool isSent = false;
        try
        {
            isSent = await _transport.TrySendAsync(message, deadline, cancellationToken).ConfigureAwait(false);
            return isSent;
        }
        finally
        {
            _format.Release(message, isSent);
        }
    }
}
