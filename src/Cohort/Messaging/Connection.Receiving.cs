using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Messaging;

public sealed partial class Connection
{
    /// <summary>Blocks for the next message and reads it as an object.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <typeparam name="T">What it has to be, or a base of it; <see cref="object"/> takes anything.</typeparam>
    /// <exception cref="EndOfStreamException">The peer has closed its end, or was killed, and nothing is left.</exception>
    /// <exception cref="InvalidCastException">The message is of another type. It was taken; the next can be received.</exception>
    /// <exception cref="PickleException">The message is no object. It was taken; the next can be received.</exception>
    /// <exception cref="Sharing.SharedObjectLostException">Something in the message is gone with its sender. It was taken; the next can be received.</exception>
    /// <exception cref="TimeoutException">No whole message came in time. A part that has come stays for the next receive.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. No message was taken; a part that has come stays for the next receive.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="IOException">The peer went in the middle of a message.</exception>
    /// <exception cref="InvalidOperationException">This is the sending end of a one-way pair.</exception>
    /// <exception cref="ObjectDisposedException">The connection is closed, maybe during the wait.</exception>
    public T Receive<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TryReceive(out T? value, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken)
            ? value!
            : throw TimedOut(timeout, "no message came");

    /// <summary>Reads the next message as an object, without blocking a thread.</summary>
    /// <inheritdoc cref="Receive"/>
    public async ValueTask<T> ReceiveAsync<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Received<T> received = await TryReceiveAsync<T>(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        return received.HasValue ? received.Value : throw TimedOut(timeout, "no message came");
    }

    /// <summary>Reads the next message as an object, if there is one or comes in time.</summary>
    /// <param name="value">The object.</param>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    /// <inheritdoc cref="Receive" path="//typeparam|//exception[not(@cref='T:System.TimeoutException')]"/>
    public bool TryReceive<T>([MaybeNullWhen(false)] out T value, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        using IncomingMessage? message = TryTake(Array.MaxLength, timeout, cancellationToken);
        value = message is null ? default : Decode<T>(message);
        return message is not null;
    }

    /// <inheritdoc cref="TryReceive"/>
    public async ValueTask<Received<T>> TryReceiveAsync<T>(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        using IncomingMessage? message = await TryTakeAsync(Array.MaxLength, timeout, cancellationToken).ConfigureAwait(false);
        return message is null ? default : new Received<T>(Decode<T>(message));
    }

    /// <summary>All messages, as objects, until the peer is gone.</summary>
    /// <inheritdoc cref="Receive" path="//param[@name='cancellationToken']|//typeparam|//exception[not(@cref='T:System.TimeoutException') and not(@cref='T:System.IO.EndOfStreamException')]"/>
    public async IAsyncEnumerable<T> ReceiveAllAsync<T>([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            T value;
            try
            {
                value = await ReceiveAsync<T>(null, cancellationToken).ConfigureAwait(false);
            }
            catch (EndOfStreamException)
            {
                yield break;
            }

            yield return value;
        }
    }

    /// <summary>Blocks for the next message and gives its bytes.</summary>
    /// <param name="maxLength">The longest message to take, in bytes; null takes any.</param>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MessageTooLongException">It is longer. Nothing can be received from this connection any more.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is negative, or <paramref name="timeout"/> is and not infinite.</exception>
    /// <inheritdoc cref="Receive" path="//exception[not(@cref='T:System.InvalidCastException') and not(@cref='T:Cohort.Serializing.PickleException') and not(@cref='T:Cohort.Sharing.SharedObjectLostException') and not(@cref='T:System.ArgumentOutOfRangeException')]"/>
    public byte[] ReceiveBytes(int? maxLength = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        using IncomingMessage message = TryTake(MaxLength(maxLength), timeout ?? Timeout.InfiniteTimeSpan, cancellationToken)
            ?? throw TimedOut(timeout, "no message came");
        return message.ToArray();
    }

    /// <summary>Gives the bytes of the next message, without blocking a thread.</summary>
    /// <inheritdoc cref="ReceiveBytes"/>
    public async ValueTask<byte[]> ReceiveBytesAsync(int? maxLength = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        using IncomingMessage message = await TryTakeAsync(MaxLength(maxLength), timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false)
            ?? throw TimedOut(timeout, "no message came");
        return message.ToArray();
    }

    /// <summary>Gives the bytes of the next message, if there is one or comes in time.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="maxLength">The longest message to take, in bytes; null takes any.</param>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    /// <inheritdoc cref="ReceiveBytes" path="//exception[not(@cref='T:System.TimeoutException')]"/>
    public bool TryReceiveBytes(
        [NotNullWhen(true)] out byte[]? bytes, int? maxLength = null, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        using IncomingMessage? message = TryTake(MaxLength(maxLength), timeout, cancellationToken);
        bytes = message?.ToArray();
        return bytes is not null;
    }

    /// <inheritdoc cref="TryReceiveBytes"/>
    public async ValueTask<Received<byte[]>> TryReceiveBytesAsync(
        int? maxLength = null, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        using IncomingMessage? message = await TryTakeAsync(MaxLength(maxLength), timeout, cancellationToken).ConfigureAwait(false);
        return message is null ? default : new Received<byte[]>(message.ToArray());
    }

    /// <summary>Blocks for the next message and copies its bytes to the start of a buffer.</summary>
    /// <param name="buffer">Takes the message.</param>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes the message has.</returns>
    /// <exception cref="BufferTooShortException">The message has more; it is in the exception, whole.</exception>
    /// <inheritdoc cref="Receive" path="//exception[not(@cref='T:System.InvalidCastException') and not(@cref='T:Cohort.Serializing.PickleException') and not(@cref='T:Cohort.Sharing.SharedObjectLostException')]"/>
    /// <remarks>What the buffer holds after an exception is not defined.</remarks>
    public int ReceiveBytesInto(Span<byte> buffer, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TryReceiveBytesInto(buffer, out int length, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken)
            ? length
            : throw TimedOut(timeout, "no message came");

    /// <summary>Copies the bytes of the next message to the start of a buffer, without blocking a thread.</summary>
    /// <inheritdoc cref="ReceiveBytesInto"/>
    public async ValueTask<int> ReceiveBytesIntoAsync(Memory<byte> buffer, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Received<int> length = await TryReceiveBytesIntoAsync(buffer, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        return length.HasValue ? length.Value : throw TimedOut(timeout, "no message came");
    }

    /// <summary>Copies the bytes of the next message to the start of a buffer, if there is one or comes in time.</summary>
    /// <param name="buffer">Takes the message.</param>
    /// <param name="length">How many bytes the message has.</param>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    /// <inheritdoc cref="ReceiveBytesInto" path="//remarks|//exception[not(@cref='T:System.TimeoutException')]"/>
    public unsafe bool TryReceiveBytesInto(
        Span<byte> buffer, out int length, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        fixed (byte* start = buffer)
        {
            using IncomingMessage? message = TryTake(Array.MaxLength, timeout, cancellationToken, new ReceiveRoom(start, buffer.Length));
            length = message is null ? 0 : CopyTo(message, buffer);
            return message is not null;
        }
    }

    /// <summary>Copies the bytes of the next message to the start of a buffer, if there is one or comes in time.</summary>
    /// <param name="buffer">Takes the message.</param>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes the message has, if there was one.</returns>
    /// <inheritdoc cref="TryReceiveBytesInto" path="//remarks|//exception"/>
    public async ValueTask<Received<int>> TryReceiveBytesIntoAsync(
        Memory<byte> buffer, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        using MemoryHandle pin = buffer.Pin();
        using IncomingMessage? message = await TryTakeAsync(
            Array.MaxLength, timeout, cancellationToken, ReceiveRoom.In(pin, buffer.Length)).ConfigureAwait(false);
        return message is null ? default : new Received<int>(CopyTo(message, buffer.Span));
    }

    /// <summary>
    /// Whether there is something to receive: a message, even an empty one, or the next bytes of a long one, or the end of the
    /// peer, or what makes every receive fail. Takes nothing.
    /// </summary>
    /// <param name="timeout">How long to wait for that at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="InvalidOperationException">This is the sending end of a one-way pair.</exception>
    /// <exception cref="ObjectDisposedException">The connection is closed, maybe during the wait.</exception>
    public bool Poll(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureReadable();
        return _transport.Poll(Deadline.In(timeout), cancellationToken);
    }

    /// <inheritdoc cref="Poll"/>
    public ValueTask<bool> PollAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureReadable();
        return _transport.PollAsync(Deadline.In(timeout), cancellationToken);
    }

    private static long MaxLength(int? maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength ?? 0, nameof(maxLength));
        return maxLength ?? Array.MaxLength;
    }

    private static int CopyTo(IncomingMessage message, Span<byte> buffer)
    {
        if (message.Length > buffer.Length)
        {
            throw new BufferTooShortException(message.ToArray(), buffer.Length);
        }

        // Unless it was gathered there: then this moves nothing.
        message.Span.CopyTo(buffer);
        return message.Length;
    }

    private IncomingMessage? TryTake(long maxLength, TimeSpan timeout, CancellationToken cancellationToken, ReceiveRoom room = default)
    {
        EnsureReadable();
        try
        {
            return _transport.TryReceive(maxLength, room, Deadline.In(timeout), cancellationToken);
        }
        catch (MessageTooLongException)
        {
            _isUnreadable = true;
            throw;
        }
    }

    private async ValueTask<IncomingMessage?> TryTakeAsync(
        long maxLength, TimeSpan timeout, CancellationToken cancellationToken, ReceiveRoom room = default)
    {
        EnsureReadable();
        try
        {
            return await _transport.TryReceiveAsync(maxLength, room, Deadline.In(timeout), cancellationToken).ConfigureAwait(false);
        }
        catch (MessageTooLongException)
        {
            _isUnreadable = true;
            throw;
        }
    }

    /// <summary>Whether it is of another type all the same: the runtime lets an array of numbers pass for one of any of their size.</summary>
    private static bool IsArrayOfOthers<T>(T value)
    {
        if (value is not Array array || array.GetType() == typeof(T))
        {
            return false;
        }

        Type? element = typeof(T).IsArray ? typeof(T).GetElementType() : typeof(T).GenericTypeArguments.FirstOrDefault();
        return element is { IsValueType: true } && element != array.GetType().GetElementType();
    }

    private T Decode<T>(IncomingMessage message) => _format.Decode<T>(message) switch
    {
        T value when !IsArrayOfOthers<T>(value) => value,
        null when default(T) is null => default!,
        object other => throw new InvalidCastException(
            $"{this}: a {TypeDisplay.Of(other.GetType())} came where a {TypeDisplay.Of(typeof(T))} was to be received."),
        null => throw new InvalidCastException($"{this}: null came where a {TypeDisplay.Of(typeof(T))} was to be received."),
    };
}
