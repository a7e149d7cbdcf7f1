using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

/// <content>The way to other processes.</content>
internal sealed unsafe partial class RingTransport
{
    public override void Write(PickleWriter writer)
    {
        if (_kept is not null)
        {
            throw new PickleException($"A connection to {Peer} cannot cross processes now: a message was received in part, and has to be finished here");
        }

        Hold();
        try
        {
            // What is on its way counts as a holder, so that closing this one is not the end.
            Interlocked.Increment(ref _own.Holders);
            writer.WriteInt32((int)TransportKind.Ring);
            writer.WriteInt32(_side);
            writer.WriteBoolean(writer.Context == HandleTicket.ForMany);
            HandleTicket.Write(writer, ForgetTraveller, _channel.Handle, _lifeline);
        }
        catch
        {
            ForgetTraveller();
            throw;
        }
        finally
        {
            LetGo();
        }
    }

    /// <exception cref="SharedObjectLostException">The sender has ended before, or the message was read before.</exception>
    /// <exception cref="InvalidDataException">What came is no such end.</exception>
    /// <exception cref="IOException">No memory or no descriptor is left.</exception>
    public static RingTransport Read(PickleReader reader)
    {
        int side = reader.ReadInt32();
        if (side is not (0 or 1))
        {
            throw new InvalidDataException($"The message has end {side} of a connection, which has two.");
        }

        // What is for many is one holder until it is given up; whoever reads it is one more.
        bool isForMany = reader.ReadBoolean();
        SafeFileHandle[] handles = HandleTicket.Take(reader, 2);
        try
        {
            ControlSocket lifeline = ControlSocket.FromDescriptor(handles[1]);
            return new RingTransport(RingChannel.Open(handles[0]), lifeline.Handle, side, isNewHolder: isForMany);
        }
        catch
        {
            handles[0].Dispose();
            handles[1].Dispose();
            throw;
        }
    }

    private void ForgetTraveller()
    {
        // Closed meanwhile: then the number is too high, and the kernel tells of the end instead.
        if (TryHold())
        {
            Interlocked.Decrement(ref _own.Holders);
            LetGo();
        }
    }
}
