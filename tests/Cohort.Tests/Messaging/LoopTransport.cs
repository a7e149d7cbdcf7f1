using System.Runtime.InteropServices;
using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>One end of a line within the test: messages as they were sent, for the other end to take.</summary>
internal sealed unsafe class LoopTransport : ConnectionTransport
{
    private Queue<byte[]> _outgoing = new();
    private Queue<byte[]> _incoming = new();

    public override string Peer => "the other end";

    public override SafeHandle Handle => throw new NotSupportedException();

    /// <summary>The last message that was sent from here.</summary>
    public byte[] LastSent { get; private set; } = [];

    public static (LoopTransport A, LoopTransport B) NewPair()
    {
        LoopTransport a = new();
        return (a, new LoopTransport { _incoming = a._outgoing, _outgoing = a._incoming });
    }

    public override bool TrySend(IRingSource message, Deadline deadline, CancellationToken cancellationToken)
    {
        LastSent = new byte[message.Length];
        message.CopyTo(0, LastSent);
        _outgoing.Enqueue(LastSent);
        return true;
    }

    public override ValueTask<bool> TrySendAsync(IRingSource message, Deadline deadline, CancellationToken cancellationToken) =>
        new(TrySend(message, deadline, cancellationToken));

    public override IncomingMessage? TryReceive(long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken) =>
        _incoming.TryDequeue(out byte[]? bytes) ? new Message(bytes) : null;

    public override ValueTask<IncomingMessage?> TryReceiveAsync(long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken) =>
        new(TryReceive(maxLength, room, deadline, cancellationToken));

    public override bool Poll(Deadline deadline, CancellationToken cancellationToken) => _incoming.Count > 0;

    public override ValueTask<bool> PollAsync(Deadline deadline, CancellationToken cancellationToken) => new(_incoming.Count > 0);

    public override void Dispose()
    {
    }

    private sealed class Message(byte[] bytes) : IncomingMessage
    {
        private GCHandle _pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);

        public override byte* Data => (byte*)_pin.AddrOfPinnedObject();

        public override int Length => bytes.Length;

        public override void Dispose() => _pin.Free();
    }
}
