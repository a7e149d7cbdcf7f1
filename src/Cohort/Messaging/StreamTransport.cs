using System.Runtime.InteropServices;
using Cohort.Utils;

namespace Cohort.Messaging;

// Overview
//
// Constraints: the bytes are those of Python's multiprocessing.connection. A message is its length, then its bytes. The length
// is a signed int, big-endian; -1 says that an unsigned long follows with the real one, for 2 GiB and more. There is no other
// mark, so whoever loses count once can never read again.
//
// Scheme: a gate for each direction lets one message through at a time. Of a send, a deadline and a cancellation count for the
// gate and for the first byte; what has started is finished, unless the peer is gone or this is disposed. A receive may give up
// at any byte, as nobody knows whether the peer will go on: what has come is kept, and the next receive goes on from there. So
// a message is received whole or not at all, and sent whole or not at all. What cannot be finished leaves a fault behind that
// every later call in that direction meets.
//
// A length is only a claim: memory is taken as the bytes come.

/// <summary>Messages over a socket, or over a stream on one.</summary>
internal sealed partial class StreamTransport : ConnectionTransport
{
    private const int HeaderSize = sizeof(int);
    private const int LongMark = -1;

    private readonly ByteLine _line;
    private readonly long _maxLength;
    private readonly SemaphoreSlim _receiving = new(1, 1);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private volatile bool _isClosed;

    /// <param name="line">Becomes this object's.</param>
    /// <param name="peer">Who is at the other end, for messages.</param>
    /// <param name="maxLength">No longer message is received, whatever a call allows.</param>
    public StreamTransport(ByteLine line, string peer, long maxLength = long.MaxValue)
    {
        _line = line;
        Peer = peer;
        _maxLength = maxLength;
    }

    public override string Peer { get; }

    public override SafeHandle Handle
    {
        get
        {
            EnsureOpen();
            return _line.Handle;
        }
    }

    public override bool TrySend(IRingSource message, Deadline deadline, CancellationToken cancellationToken) =>
        Send(isAsync: false, message, deadline, cancellationToken).GetAwaiter().GetResult();

    public override ValueTask<bool> TrySendAsync(IRingSource message, Deadline deadline, CancellationToken cancellationToken) =>
        Send(isAsync: true, message, deadline, cancellationToken);

    public override IncomingMessage? TryReceive(long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken) =>
        Receive(isAsync: false, maxLength, deadline, cancellationToken).GetAwaiter().GetResult();

    public override ValueTask<IncomingMessage?> TryReceiveAsync(
        long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken) =>
        Receive(isAsync: true, maxLength, deadline, cancellationToken);

    public override bool Poll(Deadline deadline, CancellationToken cancellationToken) =>
        Poll(isAsync: false, deadline, cancellationToken).GetAwaiter().GetResult();

    public override ValueTask<bool> PollAsync(Deadline deadline, CancellationToken cancellationToken) =>
        Poll(isAsync: true, deadline, cancellationToken);

    public override void Dispose()
    {
        // Whoever waits finds this set when the line wakes it. The gates need no disposal, and may still be waited at.
        _isClosed = true;
        _line.Dispose();
    }

    private void EnsureOpen() => ObjectDisposedException.ThrowIf(_isClosed, typeof(Connection));

    /// <summary>Whether a fault is nothing but the end of a wait here by <see cref="Dispose"/>.</summary>
    private bool ComesOfClosing(Exception fault) => _isClosed && fault is not (ObjectDisposedException or OperationCanceledException);
}
