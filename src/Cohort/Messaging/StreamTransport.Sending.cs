using System.Buffers;
using System.Buffers.Binary;
using Cohort.Utils;

namespace Cohort.Messaging;

internal sealed partial class StreamTransport
{
    /// <summary>What is written at once. Python cuts at 16 KiB; no reader can tell.</summary>
    private const int PartSize = 64 * 1024;

    /// <summary>Why nothing can be sent any more.</summary>
    private string? _sendFault;

    private async ValueTask<bool> Send(
        bool isAsync, IRingSource message, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long length = message.Length;
        if (length > Array.MaxLength)
        {
            throw new InvalidOperationException($"A message of {length} bytes is longer than the limit of {Array.MaxLength} bytes.");
        }

        if (!await _sending.Enter(isAsync, deadline, cancellationToken).ConfigureAwait(false))
        {
            EnsureOpen();
            return false;
        }

        byte[] part = ArrayPool<byte>.Shared.Rent((int)Math.Min(HeaderSize + length, PartSize));
        try
        {
            EnsureOpen();
            if (_sendFault is { } fault)
            {
                throw new IOException($"Nothing can be sent to {Peer} any more: {fault}.");
            }

            BinaryPrimitives.WriteInt32BigEndian(part, (int)length);
            int first = (int)Math.Min(part.Length - HeaderSize, length);
            message.CopyTo(0, part.AsSpan(HeaderSize, first));
            return await SendParts(isAsync, message, part, first, deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (ComesOfClosing(fault))
        {
            throw new ObjectDisposedException(nameof(Connection), fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
            _sending.Release();
        }
    }

    /// <param name="isAsync">Whether to block.</param>
    /// <param name="message">The message.</param>
    /// <param name="part">Holds the length and the first bytes.</param>
    /// <param name="sent">How many first bytes.</param>
    /// <param name="deadline">For the start.</param>
    /// <param name="cancellationToken">For the start.</param>
    private async ValueTask<bool> SendParts(
        bool isAsync, IRingSource message, byte[] part, long sent, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> start = part.AsMemory(0, HeaderSize + (int)sent);
            bool isLimited = !deadline.IsInfinite || cancellationToken.CanBeCanceled;
            if (isLimited && !await _line.WaitWritable(isAsync, deadline, cancellationToken).ConfigureAwait(false))
            {
                EnsureOpen();
                return false;
            }

            await _line.Write(isAsync, start).ConfigureAwait(false);
            while (sent < message.Length)
            {
                int count = (int)Math.Min(part.Length, message.Length - sent);
                message.CopyTo(sent, part.AsSpan(0, count));
                await _line.Write(isAsync, part.AsMemory(0, count)).ConfigureAwait(false);
                sent += count;
            }

            return true;
        }
        catch (Exception fault) when (!_isClosed && fault is not OperationCanceledException)
        {
            if (PeerLoss.IsIn(fault))
            {
                ForgetMail();
            }

            _sendFault = PeerLoss.IsIn(fault) ? "it has closed the connection, or is gone" : "the connection failed in the middle of a message";
            throw new IOException($"Cannot send to {Peer}: {(PeerLoss.IsIn(fault) ? _sendFault : fault.Message.TrimEnd('.'))}.", fault);
        }
    }
}
