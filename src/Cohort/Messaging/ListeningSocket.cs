using System.Net;
using System.Net.Sockets;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>Opens the socket of a <see cref="ConnectionListener"/>.</summary>
internal static class ListeningSocket
{
    /// <exception cref="IOException">The address is in use, or cannot be had.</exception>
    public static Socket Open(EndPoint address, ConnectionListenerOptions options)
    {
        Socket? socket = null;
        try
        {
            EndPoint place = address is DnsEndPoint name ? Resolve(name) : address;
            bool isUnix = place is UnixDomainSocketEndPoint;
            socket = new Socket(place.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            socket.Bind(place);
            if (options.SocketMode is { } mode && OperatingSystems.IsSupported && ConnectionAddress.FileOf(place) is { } path)
            {
                // Before it listens nobody can connect.
                File.SetUnixFileMode(path, mode);
            }

            socket.Listen(options.Backlog);
            return socket;
        }
        catch (Exception fault)
        {
            socket?.Dispose();
            if (fault is SocketException cause)
            {
                throw SocketFaults.Describe(cause, $"Cannot listen at {address}");
            }

            throw;
        }
    }

    /// <summary>Python's listeners are of IPv4 only, and so are its clients.</summary>
    private static IPEndPoint Resolve(DnsEndPoint name)
    {
        IPAddress[] found = Dns.GetHostAddresses(name.Host, name.AddressFamily);
        IPAddress first = found.FirstOrDefault(static one => one.AddressFamily == AddressFamily.InterNetwork)
            ?? found.FirstOrDefault() ?? throw new SocketException((int)SocketError.HostNotFound);
        return new IPEndPoint(first, name.Port);
    }
}
