using System.Net.Sockets;
using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Messaging;

/// <content>
/// The way to other processes. They share the kernel's socket and nothing else: the gates are each process's own, so one
/// process at a time may receive, and one may send. Nothing is read ahead of a message, so between two there is nothing else to
/// hand over.
/// </content>
internal sealed partial class StreamTransport
{
    public override void Write(PickleWriter writer)
    {
        EnsureOpen();
        if (_line.Shareable is not { } socket)
        {
            throw new PickleException(
                $"A connection to {Peer} cannot cross processes: it is encrypted, and the state of the encryption belongs to one process");
        }

        if (IsInMessage && _receiveFault is null)
        {
            throw new PickleException($"A connection to {Peer} cannot cross processes now: a message was received in part, and has to be finished here");
        }

        writer.WriteInt32((int)TransportKind.Socket);
        writer.WriteString(Peer);
        writer.WriteInt64(_maxLength);
        writer.WriteString(_receiveFault);
        writer.WriteString(_sendFault);
        HandleTicket.Write(writer, null, socket.SafeHandle);
    }

    /// <exception cref="SharedObjectLostException">The sender has ended before, or the message was read before.</exception>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static StreamTransport Read(PickleReader reader)
    {
        string peer = reader.ReadString() ?? throw new InvalidDataException("The message has a connection to nobody.");
        long maxLength = reader.ReadInt64();
        string? receiveFault = reader.ReadString();
        string? sendFault = reader.ReadString();
        Socket socket = SocketPickler.Take(reader);
        return new StreamTransport(new SocketLine(socket), peer, maxLength) { _receiveFault = receiveFault, _sendFault = sendFault };
    }
}
