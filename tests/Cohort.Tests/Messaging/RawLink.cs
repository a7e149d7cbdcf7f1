using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>A connection whose other end is a bare socket of TCP, which can send what is no message.</summary>
internal sealed class RawLink : IDisposable
{
    private RawLink(Socket raw, Connection connection)
    {
        Raw = raw;
        Connection = connection;
    }

    public Socket Raw { get; }

    public Connection Connection { get; }

    /// <param name="bufferSize">Of what is sent to the bare socket and was not taken; for tests that fill it.</param>
    public static RawLink Open(int? bufferSize = null)
    {
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.ReceiveBufferSize = bufferSize ?? listening.ReceiveBufferSize;
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        Socket near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.SendBufferSize = bufferSize ?? near.SendBufferSize;
        near.Connect(listening.LocalEndPoint!);
        Socket raw = listening.Accept();
        raw.ReceiveTimeout = raw.SendTimeout = (int)Watchdog.Limit.TotalMilliseconds;
        return new RawLink(raw, new Connection(new StreamTransport(new SocketLine(near), "the raw peer"), CodecFormat.Instance));
    }

    /// <summary>A bare client of a listener.</summary>
    public static Socket ConnectTo(EndPoint address)
    {
        Socket raw = new(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Watchdog.Limit.TotalMilliseconds,
        };
        raw.Connect(address);
        return raw;
    }

    public static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[sizeof(int) + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame.AsSpan(sizeof(int)));
        return frame;
    }

    public void Dispose()
    {
        Raw.Dispose();
        Connection.Dispose();
    }
}

internal static class RawSockets
{
    public static byte[] ReceiveExactly(this Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int taken = 0; taken < count;)
        {
            int part = socket.Receive(bytes.AsSpan(taken));
            Assert.True(part > 0, $"the stream ended after {taken} of {count} bytes");
            taken += part;
        }

        return bytes;
    }

    public static byte[] ReceiveFrame(this Socket socket) =>
        socket.ReceiveExactly(BinaryPrimitives.ReadInt32BigEndian(socket.ReceiveExactly(sizeof(int))));

    public static void SendFrame(this Socket socket, ReadOnlySpan<byte> payload) => socket.Send(RawLink.Frame(payload));

    /// <summary>Whether the other side has closed, after whatever it still sent.</summary>
    public static bool IsAtEnd(this Socket socket)
    {
        try
        {
            return socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }
}
