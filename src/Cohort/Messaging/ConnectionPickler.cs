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
        if (value.Format is not CodecFormat)
        {
            throw new PickleException($"{value} cannot cross processes: its objects are not of Cohort's own format");
        }

        writer.WriteBoolean(value.IsReadable);
        writer.WriteBoolean(value.IsWritable);
        value.Transport.Write(writer);
    }

    public Connection Read(PickleReader reader)
    {
        bool isReadable = reader.ReadBoolean();
        bool isWritable = reader.ReadBoolean();
        ConnectionTransport transport = (TransportKind)reader.ReadInt32() switch
        {
            TransportKind.Ring => RingTransport.Read(reader),
            TransportKind other => throw new InvalidDataException($"The message has a connection of kind {(int)other}, which nobody knows here."),
        };
        return new Connection(transport, CodecFormat.Instance, isReadable, isWritable);
    }
}
