using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <content>Sending. A message that has started goes on whatever the deadline and the cancellation say.</content>
internal sealed partial class RingTransport
{
    public override bool TrySend(IRingSource message, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Hold();
        try
        {
            if (!_sendLock.TryTake() && LockCore.Take(this, _sendLock, deadline, cancellationToken) is null)
            {
                return false;
            }

            try
            {
                StartSending(message);
                while (!Push(message))
                {
                    bool started = _sender.HasPending;
                    if (!WaitFor(
                        RingNeed.Room, message.Length, started ? Deadline.Never : deadline, started ? CancellationToken.None : cancellationToken))
                    {
                        return false;
                    }
                }

                return true;
            }
            finally
            {
                EndSending();
            }
        }
        finally
        {
            LetGo();
        }
    }

    public override async ValueTask<bool> TrySendAsync(IRingSource message, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Hold();
        try
        {
            if (!_sendLock.TryTake()
                && await LockCore.TakeAsync(this, _sendLock, deadline, cancellationToken).ConfigureAwait(false) is null)
            {
                return false;
            }

            try
            {
                StartSending(message);
                while (!Push(message))
                {
                    bool started = _sender.HasPending;
                    if (!await WaitForAsync(
                        RingNeed.Room, message.Length, started ? Deadline.Never : deadline, started ? CancellationToken.None : cancellationToken)
                        .ConfigureAwait(false))
                    {
                        return false;
                    }
                }

                return true;
            }
            finally
            {
                EndSending();
            }
        }
        finally
        {
            LetGo();
        }
    }

    private void StartSending(IRingSource message)
    {
        if (message.Length > RingLayout.MaxMessageLength)
        {
            throw new InvalidOperationException(
                $"A message of {message.Length} bytes is longer than the limit of {RingLayout.MaxMessageLength} bytes.");
        }

        _sender.Refresh();
        if (_own.Sending != 0)
        {
            _sender.Close();
            throw new IOException(
                $"A message to {Peer} was left in the middle by a process, or a thread, that had this end too and has ended. Nothing can be sent any more.");
        }
    }

    /// <summary>Writes what there is room for; whether that was all.</summary>
    private bool Push(IRingSource message)
    {
        if (_sender.IsClosed)
        {
            throw new IOException($"Cannot send to {Peer}: it has closed its end, or has ended{(_sender.HasPending ? ", in the middle of a message" : "")}.");
        }

        if (_sender.HasPending)
        {
            _sender.Flush();
        }
        else if (_sender.HasRoom(message.Length))
        {
            bool isLong = message.Length > _sender.MaxFramePayload;
            Volatile.Write(ref _own.Sending, isLong ? 1 : 0);
            _sender.TrySend(message, 0);
        }
        else
        {
            return false;
        }

        if (_sender.HasPending)
        {
            return false;
        }

        Volatile.Write(ref _own.Sending, 0);
        return true;
    }

    private void EndSending()
    {
        if (_sender.HasPending)
        {
            // Disposed, or the peer has gone: the mark stays, and nobody waits for the rest.
            _sender.ForgetPending();
            _sender.Close();
        }

        _sendLock.Release();
    }
}
