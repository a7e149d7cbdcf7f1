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

    private readonly byte[] _header = new byte[sizeof(ulong)];

    /// <summary>Why nothing can be received any more.</summary>
    private string? _receiveFault;

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

            // Without a limit the read itself may do the waiting.
            bool isLimited = !deadline.IsInfinite || cancellationToken.CanBeCanceled;
            if (isLimited && !await _line.WaitReadable(isAsync, deadline, cancellationToken).ConfigureAwait(false))
            {
                EnsureOpen();
                return null;
            }

            return await ReceiveMessage(isAsync, Math.Min(maxLength, _maxLength)).ConfigureAwait(false);
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
            bool isReady = await _line.WaitReadable(isAsync, deadline, cancellationToken).ConfigureAwait(false);
            EnsureOpen();
            return isReady;
        }
        catch (Exception fault) when (ComesOfClosing(fault))
        {
            throw new ObjectDisposedException(nameof(Connection), fault);
        }
    }

    private async ValueTask<IncomingMessage> ReceiveMessage(bool isAsync, long maxLength)
    {
        long length = await ReceiveLength(isAsync).ConfigureAwait(false);
        if (length > maxLength)
        {
            _receiveFault = $"a message of {length} bytes came where at most {maxLength} were taken";
            throw new MessageTooLongException(length, maxLength, Peer);
        }

        byte[] room = ArrayPool<byte>.Shared.Rent(Math.Max(1, (int)Math.Min(length, FirstRoom)));
        int filled = 0;
        try
        {
            while (filled < length)
            {
                if (filled == room.Length)
                {
                    room = Enlarge(room, (int)Math.Min(length, (long)room.Length * Growth));
                }

                int wanted = (int)Math.Min(length, room.Length) - filled;
                int count = await Read(isAsync, room.AsMemory(filled, wanted)).ConfigureAwait(false);
                if (count == 0)
                {
                    throw Broken($"{Peer} was gone after {filled} of the {length} bytes of a message");
                }

                filled += count;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(room);
            throw;
        }

        return new ArrayMessage(room, filled);
    }

    private async ValueTask<long> ReceiveLength(bool isAsync)
    {
        if (!await FillHeader(isAsync, HeaderSize, isFirst: true).ConfigureAwait(false))
        {
            throw new EndOfStreamException($"{Peer} has closed the connection, or is gone.");
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(_header);
        if (length >= 0)
        {
            return length;
        }

        if (length != LongMark)
        {
            throw Broken($"{Peer} sent what is no message: a length of {length}");
        }

        await FillHeader(isAsync, sizeof(ulong), isFirst: false).ConfigureAwait(false);
        long longLength = BinaryPrimitives.ReadInt64BigEndian(_header);
        return longLength >= 0
            ? longLength
            : throw Broken($"{Peer} sent what is no message: a length of {(ulong)longLength}");
    }

    /// <summary>False when the peer is gone at the border of two messages.</summary>
    private async ValueTask<bool> FillHeader(bool isAsync, int size, bool isFirst)
    {
        int filled = 0;
        while (filled < size)
        {
            int count;
            try
            {
                count = await _line.Read(isAsync, _header.AsMemory(filled, size - filled)).ConfigureAwait(false);
            }
            catch (Exception fault) when (isFirst && filled == 0 && !_isClosed && PeerLoss.IsIn(fault))
            {
                throw new EndOfStreamException($"{Peer} is gone.", fault);
            }
            catch (Exception fault) when (!_isClosed)
            {
                throw Broken($"the connection to {Peer} failed", fault);
            }

            if (count == 0)
            {
                EnsureOpen();
                return filled == 0 && isFirst ? false : throw Broken($"{Peer} was gone in the middle of a message's length");
            }

            filled += count;
        }

        return true;
    }

    private async ValueTask<int> Read(bool isAsync, Memory<byte> room)
    {
        try
        {
            int count = await _line.Read(isAsync, room).ConfigureAwait(false);
            EnsureOpen();
            return count;
        }
        catch (Exception fault) when (!_isClosed)
        {
            throw Broken($"the connection to {Peer} failed in the middle of a message", fault);
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
