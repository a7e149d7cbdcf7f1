using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <content>Receiving. A message of one frame is shown in the ring; the parts of a longer one are gathered as they come.</content>
internal sealed partial class RingTransport
{
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
                StartReceiving();
                if (WaitFor(RingNeed.Message, 0, deadline, cancellationToken))
                {
                    message = Take(maxLength, room);
                    while (message is GatheredMessage { Missing: > 0 } gathered)
                    {
                        WaitFor(RingNeed.Part, 0, Deadline.Never, CancellationToken.None);
                        AddPart(gathered);
                    }
                }
            }

            return message;
        }
        catch
        {
            message = GiveUpReceiving(message);
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
                StartReceiving();
                if (await WaitForAsync(RingNeed.Message, 0, deadline, cancellationToken).ConfigureAwait(false))
                {
                    message = Take(maxLength, room);
                    while (message is GatheredMessage { Missing: > 0 } gathered)
                    {
                        await WaitForAsync(RingNeed.Part, 0, Deadline.Never, CancellationToken.None).ConfigureAwait(false);
                        AddPart(gathered);
                    }
                }
            }

            return message;
        }
        catch
        {
            message = GiveUpReceiving(message);
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

    private void StartReceiving()
    {
        _receiver.Refresh();
        if (_own.Receiving != 0)
        {
            _receiver.Close();
            throw new IOException(
                $"A message from {Peer} was received only in part: it came only in part, or whoever was receiving it here has ended. Nothing can be received any more.");
        }
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

    /// <summary>Leaves what was not taken whole; the mark in shared memory stays, and the sender need not go on.</summary>
    private IncomingMessage? GiveUpReceiving(IncomingMessage? message)
    {
        if (message is GatheredMessage)
        {
            message.Dispose();
            _receiver.Close();
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
