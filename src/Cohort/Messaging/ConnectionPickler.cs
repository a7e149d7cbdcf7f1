using Cohort.Serializing;

namespace Cohort.Messaging;

/// <summary>
/// Carries a connection: what arrives is the same end, held by one more process. The sender's stays open, and may be closed
/// as soon as the message is sent.
/// </summary>
internal sealed class ConnectionPickler : IPickler<Connection>
{
    public void Write(PickleWriter writer, Connection value)
    {
        ObjectDisposedException.ThrowIf(value.IsClosed, value);
        writer.WriteBoolean(value.IsReadable);
        writer.WriteBoolean(value.IsWritable);
        writer.WriteInt32((int)value.Format.Kind);
        value.Transport.Write(writer);
    }

    public Connection Read(PickleReader reader)
    {
        bool isReadable = reader.ReadBoolean();
        bool isWritable = reader.ReadBoolean();
        ConnectionFormat format = (ConnectionFormat)reader.ReadInt32();
        if (!Enum.IsDefined(format))
        {
            throw new InvalidDataException($"The message has a connection with objects of format {(int)format}, which nobody knows here.");
        }

        ConnectionTransport transport = (TransportKind)reader.ReadInt32() switch
        {
            TransportKind.Ring => RingTransport.Read(reader),
            TransportKind.Socket => StreamTransport.Read(reader),
            TransportKind other => throw new InvalidDataException($"The message has a connection of kind {(int)other}, which nobody knows here."),
        };
        return new Connection(transport, ObjectFormats.Create(format), isReadable, isWritable);
    }
}
