using System.Runtime.InteropServices;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>How the messages of a <see cref="Connection"/> travel: through rings, or over a socket.</summary>
/// <remarks>
/// Each direction may be used by any number of threads; messages stay whole. A deadline and a cancellation end a send only
/// until its first byte is on its way, so that a message is either sent or not. They end a receive at any byte; the next one
/// goes on with the message.
/// </remarks>
internal abstract class ConnectionTransport : IDisposable
{
    /// <summary>Who is at the other end, for messages: a process or an address.</summary>
    public abstract string Peer { get; }

    /// <summary>
    /// Stands for the messages that are sent here: handles that they carry are kept in its name, until they are read, or nobody
    /// has the other end any more. If this end is closed before, they may still be read, and nothing tells when not: then they
    /// are kept as long as the process lives.
    /// </summary>
    public object Mail { get; } = new();

    /// <summary>What a selector can wait on; becomes readable when there is a message, or the peer is gone.</summary>
    /// <exception cref="ObjectDisposedException">The transport is closed.</exception>
    public abstract SafeHandle Handle { get; }

    /// <summary>Blocks until the message is on its way; false when the deadline passed first.</summary>
    /// <exception cref="IOException">The peer is gone, or never takes the rest of a message.</exception>
    public abstract bool TrySend(IRingSource message, Deadline deadline, CancellationToken cancellationToken);

    /// <inheritdoc cref="TrySend"/>
    public abstract ValueTask<bool> TrySendAsync(IRingSource message, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Blocks for the next message, which the caller disposes; null when the deadline passed first.</summary>
    /// <param name="maxLength">The longest message to take, in bytes.</param>
    /// <param name="room">Where the message may be put, rather than in memory of its own; it must not move before the end of this.</param>
    /// <param name="deadline">For the whole message.</param>
    /// <param name="cancellationToken">For the whole message.</param>
    /// <exception cref="EndOfStreamException">Nothing is left and the peer is gone.</exception>
    /// <exception cref="MessageTooLongException">It is longer; it was not taken, and nothing can be received any more.</exception>
    /// <exception cref="IOException">The peer went in the middle of a message, or sent what is none.</exception>
    public abstract IncomingMessage? TryReceive(long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken);

    /// <inheritdoc cref="TryReceive"/>
    public abstract ValueTask<IncomingMessage?> TryReceiveAsync(
        long maxLength, ReceiveRoom room, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Blocks until a receive would not: there is a message, or the peer is gone. False when the deadline passed first.</summary>
    public abstract bool Poll(Deadline deadline, CancellationToken cancellationToken);

    /// <inheritdoc cref="Poll"/>
    public abstract ValueTask<bool> PollAsync(Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Nobody has the other end any more, so that nobody reads what was sent there.</summary>
    protected void ForgetMail() => HandleSharer.WithdrawAll(Mail);

    /// <summary>Says to the pickler of connections how to make the same end elsewhere, or why that cannot be.</summary>
    /// <exception cref="PickleException">This kind of end cannot travel.</exception>
    public virtual void Write(PickleWriter writer) =>
        throw new PickleException($"A connection to {Peer} cannot cross processes: it is of a kind that belongs to one process");

    /// <summary>Lets go of this end. Idempotent; whoever waits here gets an <see cref="ObjectDisposedException"/>.</summary>
    public abstract void Dispose();
}
