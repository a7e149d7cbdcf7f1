using System.Buffers;
using System.Buffers.Binary;
using Cohort.Utils;

namespace Cohort.Messaging;

internal sealed partial class StreamTransport
{
    /// <summary>What is taken for a message before its bytes have come.</summary>
    private const int FirstRoom = 256 * 1024;

    /// <summary>How many times as much is taken for a message when what there was is full.</summary>
    private const int Growth = 4;

    /// <summary>A length that has not come yet.</summary>
    private const long Unknown = -1;

    /// <summary>The result of a read that ended with its deadline.</summary>
    private const int NotYet = -1;

    // What has come of a message. It stays when a receive gives up in the middle, and the next one goes on from there.
    private readonly byte[] _header = new byte[HeaderSize + sizeof(ulong)];
    private int _headerFilled;
    private long _length = Unknown;
    private byte[]? _room;
    private int _filled;

    /// <summary>Why nothing can be received any more.</summary>
    private string? _receiveFault;

    /// <summary>Whether a message has come in part.</summary>
    private bool IsInMessage => _headerFilled > 0;

    private async ValueTask<IncomingMessage?> Receive(
        bool isAsync, long maxLength, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!await _receiving.Enter(isAsync, deadline, cancellationToken).ConfigureAwait(false))
        {
            EnsureOpen();
            return null;
        }

        try
        {
            EnsureOpen();
            ThrowIfUnreadable();
            return await ReceiveMessage(isAsync, Math.Min(maxLength, _maxLength), deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (ComesOfClosing(fault))
        {
            throw new ObjectDisposedException(nameof(Connection), fault);
        }
        finally
        {
            _receiving.Release();
        }
    }

    private async ValueTask<bool> Poll(bool isAsync, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EnsureOpen();
        try
        {
            // A receive that can only throw does not wait, either.
            bool isReady = _receiveFault is not null || await _line.WaitReadable(isAsync, deadline, cancellationToken).ConfigureAwait(false);
            EnsureOpen();
            return isReady;
        }
        catch (Exception fault) when (ComesOfClosing(fault))
        {
            throw new ObjectDisposedException(nameof(Connection), fault);
        }
    }

    /// <summary>Null when the rest did not come in time; then the next receive goes on.</summary>
    private async ValueTask<IncomingMessage?> ReceiveMessage(
        bool isAsync, long maxLength, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!await ReceiveLength(isAsync, deadline, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        if (_length > maxLength)
        {
            _receiveFault = $"a message of {_length} bytes came where at most {maxLength} were taken";
            throw new MessageTooLongException(_length, maxLength, Peer);
        }

        _room ??= ArrayPool<byte>.Shared.Rent(Math.Max(1, (int)Math.Min(_length, FirstRoom)));
        while (_filled < _length)
        {
            if (_filled == _room.Length)
            {
                _room = Enlarge(_room, (int)Math.Min(_length, (long)_room.Length * Growth));
            }

            Memory<byte> missing = _room.AsMemory(_filled, (int)Math.Min(_length, _room.Length) - _filled);
            int count = await Read(isAsync, missing, deadline, cancellationToken).ConfigureAwait(false);
            if (count == NotYet)
            {
                return null;
            }

            if (count == 0)
            {
                throw Broken($"{Peer} was gone after {_filled} of the {_length} bytes of a message");
            }

            _filled += count;
        }

        ArrayMessage message = new(_room, _filled);
        (_room, _filled, _length, _headerFilled) = (null, 0, Unknown, 0);
        return message;
    }

    /// <summary>False when it did not come in time.</summary>
    private async ValueTask<bool> ReceiveLength(bool isAsync, Deadline deadline, CancellationToken cancellationToken)
    {
        if (_length != Unknown)
        {
            return true;
        }

        if (!await FillHeader(isAsync, HeaderSize, deadline, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(_header);
        if (length >= 0)
        {
            _length = length;
            return true;
        }

        if (length != LongMark)
        {
            throw Broken($"{Peer} sent what is no message: a length of {length}");
        }

        if (!await FillHeader(isAsync, _header.Length, deadline, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        long longLength = BinaryPrimitives.ReadInt64BigEndian(_header.AsSpan(HeaderSize));
        _length = longLength >= 0 ? longLength : throw Broken($"{Peer} sent what is no message: a length of {(ulong)longLength}");
        return true;
    }

    /// <summary>False when it did not come in time.</summary>
    /// <exception cref="EndOfStreamException">The peer is gone at the border of two messages.</exception>
    private async ValueTask<bool> FillHeader(bool isAsync, int size, Deadline deadline, CancellationToken cancellationToken)
    {
        while (_headerFilled < size)
        {
            int count = await Read(isAsync, _header.AsMemory(_headerFilled, size - _headerFilled), deadline, cancellationToken).ConfigureAwait(false);
            if (count == NotYet)
            {
                return false;
            }

            if (count == 0)
            {
                if (IsInMessage)
                {
                    throw Broken($"{Peer} was gone in the middle of a message's length");
                }

                ForgetMail();
                throw new EndOfStreamException($"{Peer} has closed the connection, or is gone.");
            }

            _headerFilled += count;
        }

        return true;
    }

    /// <summary>How many bytes came, 0 at the end; or <see cref="NotYet"/>.</summary>
    private async ValueTask<int> Read(bool isAsync, Memory<byte> room, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            // Without a limit the read itself may do the waiting.
            bool isLimited = !deadline.IsInfinite || cancellationToken.CanBeCanceled;
            bool isReadable = !isLimited || await _line.WaitReadable(isAsync, deadline, cancellationToken).ConfigureAwait(false);
            int count = isReadable ? await _line.Read(isAsync, room).ConfigureAwait(false) : NotYet;
            EnsureOpen();
            return count;
        }
        catch (Exception fault) when (!_isClosed && !IsInMessage && PeerLoss.IsIn(fault))
        {
            ForgetMail();
            throw new EndOfStreamException($"{Peer} is gone.", fault);
        }
        catch (Exception fault) when (!_isClosed && fault is not OperationCanceledException)
        {
            throw Broken($"the connection to {Peer} failed{(IsInMessage ? " in the middle of a message" : "")}", fault);
        }
    }

    private static byte[] Enlarge(byte[] room, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(length);
        room.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(room);
        return larger;
    }

    private void ThrowIfUnreadable()
    {
        if (_receiveFault is { } fault)
        {
            throw new IOException($"Nothing can be received from {Peer} any more: {fault}.");
        }
    }

    private IOException Broken(string what, Exception? cause = null)
    {
        _receiveFault = what;
        return new IOException($"{char.ToUpperInvariant(what[0])}{what[1..]}{(cause is null ? "" : ": " + cause.Message.TrimEnd('.'))}.", cause);
    }
}
