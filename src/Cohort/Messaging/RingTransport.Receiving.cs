using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <content>Receiving. A message of one frame is shown in the ring; the parts of a longer one are gathered as they come.</content>
internal sealed partial class RingTransport
{
    /// <summary>What has come of a message whose receive gave up in the middle; the next one goes on. Under the receive lock.</summary>
    private GatheredMessage? _kept;

    /// <summary>Whether what has come of a message can be kept here: another process with this end could not go on with it.</summary>
    private bool MayGiveUp => Volatile.Read(ref _own.Holders) == 1;

    public override IncomingMessage? TryReceive(long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Hold();
        IncomingMessage? message = null;
        bool isLocked = false;
        try
        {
            isLocked = _receiveLock.TryTake() || LockCore.Take(this, _receiveLock, deadline, cancellationToken) is not null;
            if (isLocked)
            {
                message = StartReceiving(maxLength);
                if (message is null && WaitFor(RingNeed.Message, 0, deadline, cancellationToken))
                {
                    message = Take(maxLength, room);
                }

                while (message is GatheredMessage { Missing: > 0 } gathered)
                {
                    bool mayGiveUp = MayGiveUp;
                    if (!WaitFor(RingNeed.Part, 0, mayGiveUp ? deadline : Deadline.Never, mayGiveUp ? cancellationToken : default))
                    {
                        message = null;
                        _kept = gathered.Keep();
                        break;
                    }

                    AddPart(gathered);
                }
            }

            return message;
        }
        catch (Exception fault)
        {
            message = GiveUpReceiving(message, fault);
            throw;
        }
        finally
        {
            EndUnlessShown(message, isLocked);
        }
    }

    public override async ValueTask<IncomingMessage?> TryReceiveAsync(
        long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Hold();
        IncomingMessage? message = null;
        bool isLocked = false;
        try
        {
            isLocked = _receiveLock.TryTake()
                || await LockCore.TakeAsync(this, _receiveLock, deadline, cancellationToken).ConfigureAwait(false) is not null;
            if (isLocked)
            {
                message = StartReceiving(maxLength);
                if (message is null && await WaitForAsync(RingNeed.Message, 0, deadline, cancellationToken).ConfigureAwait(false))
                {
                    message = Take(maxLength, room);
                }

                while (message is GatheredMessage { Missing: > 0 } gathered)
                {
                    bool mayGiveUp = MayGiveUp;
                    if (!await WaitForAsync(
                        RingNeed.Part, 0, mayGiveUp ? deadline : Deadline.Never, mayGiveUp ? cancellationToken : default).ConfigureAwait(false))
                    {
                        message = null;
                        _kept = gathered.Keep();
                        break;
                    }

                    AddPart(gathered);
                }
            }

            return message;
        }
        catch (Exception fault)
        {
            message = GiveUpReceiving(message, fault);
            throw;
        }
        finally
        {
            EndUnlessShown(message, isLocked);
        }
    }

    /// <summary>The message that was shown in the ring has been read.</summary>
    internal void EndShowing()
    {
        _receiver.Release();
        EndReceiving();
    }

    /// <summary>What was kept of a message that is under way; null when the next is to be taken from its start.</summary>
    private GatheredMessage? StartReceiving(long maxLength)
    {
        _receiver.Refresh();
        if (_kept is { } kept)
        {
            _kept = null;
            return kept.Length <= maxLength ? kept : throw TooLong(kept, maxLength);
        }

        if (_own.Receiving != 0)
        {
            _receiver.Close();
            throw new IOException(
                $"A message from {Peer} was received only in part: it came only in part, or whoever was receiving it here has ended. Nothing can be received any more.");
        }

        return null;
    }

    private MessageTooLongException TooLong(GatheredMessage kept, long maxLength)
    {
        GiveUpReceiving(kept, null);
        return new MessageTooLongException(kept.Length, maxLength, Peer);
    }

    /// <summary>The message at the tail, or its first part.</summary>
    private unsafe IncomingMessage Take(long maxLength, ReceiveRoom room)
    {
        if (!_receiver.HasData)
        {
            throw new EndOfStreamException($"Nothing is left to receive from {Peer}: it has closed its end, or has ended.");
        }

        try
        {
            RingMessage first = _receiver.TakeFirst(out long total);
            if (total > maxLength)
            {
                _receiver.PutBack();
                throw new MessageTooLongException(total, maxLength, Peer);
            }

            if (total == first.Length)
            {
                return _shown.Show(first);
            }

            GatheredMessage gathered = new((int)total, room);
            Volatile.Write(ref _own.Receiving, 1);
            gathered.Add(first.Span);
            _receiver.Release();
            return gathered;
        }
        catch (InvalidDataException fault)
        {
            throw Garbled(fault);
        }
    }

    private void AddPart(GatheredMessage gathered)
    {
        if (!_receiver.HasData)
        {
            throw new IOException($"{Peer} has closed its end, or has ended, in the middle of a message: {gathered.Missing} of {gathered.Length} bytes did not come.");
        }

        try
        {
            RingMessage part = _receiver.TakePart();
            if (part.Length > gathered.Missing)
            {
                throw new InvalidDataException($"A message came with {part.Length - gathered.Missing} bytes more than it announced.");
            }

            gathered.Add(part.Span);
            _receiver.Release();
        }
        catch (InvalidDataException fault)
        {
            throw Garbled(fault);
        }

        if (gathered.Missing == 0)
        {
            Volatile.Write(ref _own.Receiving, 0);
        }
    }

    private IOException Garbled(InvalidDataException fault) => new($"What came from {Peer} is no message: {fault.Message}", fault);

    /// <summary>
    /// Leaves what was not taken whole. After a cancellation the next receive goes on; else the mark in shared memory stays, and
    /// the sender need not go on.
    /// </summary>
    private IncomingMessage? GiveUpReceiving(IncomingMessage? message, Exception? fault)
    {
        if (message is GatheredMessage gathered)
        {
            if (fault is OperationCanceledException)
            {
                _kept = gathered.Keep();
            }
            else
            {
                gathered.Dispose();
                _receiver.Close();
            }
        }

        return null;
    }

    private void EndUnlessShown(IncomingMessage? message, bool isLocked)
    {
        if (message is ShownMessage)
        {
            return;
        }

        if (isLocked)
        {
            EndReceiving();
        }
        else
        {
            LetGo();
        }
    }

    private void EndReceiving()
    {
        _receiveLock.Release();
        _ready?.Refresh();
        LetGo();
    }
}
