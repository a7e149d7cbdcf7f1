using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cohort.Messaging;

/// <summary>
/// Where a <see cref="ConnectionListener"/> can be: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/>, or a
/// <see cref="UnixDomainSocketEndPoint"/>, whose path may be abstract, that is start with NUL and be no file.
/// </summary>
public static class ConnectionAddress
{
    private const int MaxPort = ushort.MaxValue;

    /// <summary>Where the path is in <c>struct sockaddr_un</c>.</summary>
    private const int PathOffset = 2;

    /// <summary>Reads an address.</summary>
    /// <param name="text">
    /// <c>host:port</c>, where port 0 is any free one; <c>[::1]:port</c>; a path, which needs a slash when it looks like one of
    /// the former; or NUL and a name.
    /// </param>
    /// <exception cref="ArgumentException">It is none of these. Windows's named pipes (<c>\\.\pipe\…</c>) are not either.</exception>
    public static EndPoint Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        if (text.StartsWith(@"\\", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{text}' is a named pipe of Windows. Here are TCP and Unix sockets.", nameof(text));
        }

        int colon = text.LastIndexOf(':');
        return text[0] != '\0' && !text.Contains('/', StringComparison.Ordinal) && colon >= 0
            ? ParseTcp(text, text[..colon], text[(colon + 1)..])
            : Unix(text);
    }

    /// <exception cref="ArgumentException">No connection goes there.</exception>
    internal static void Check(EndPoint address, bool isEncrypted, string name)
    {
        switch (address)
        {
            case IPEndPoint:
            case DnsEndPoint { AddressFamily: AddressFamily.Unspecified or AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 }:
                return;
            case UnixDomainSocketEndPoint when isEncrypted:
                throw new ArgumentException("TLS is for TCP. What goes through a Unix socket does not leave the machine.", name);
            case UnixDomainSocketEndPoint:
                return;
            default:
                throw new ArgumentException(
                    $"{address.GetType().Name} ({address.AddressFamily}) is no address for connections: {nameof(IPEndPoint)}, {nameof(DnsEndPoint)} and {nameof(UnixDomainSocketEndPoint)} are.",
                    name);
        }
    }

    /// <summary>The file of a Unix path; null for what is none.</summary>
    internal static string? FileOf(EndPoint address) =>
        address is UnixDomainSocketEndPoint && address.Serialize() is { Size: > PathOffset } bytes && bytes[PathOffset] != 0
            ? address.ToString()
            : null;

    private static EndPoint ParseTcp(string text, string host, string port)
    {
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > MaxPort)
        {
            throw new ArgumentException($"'{text}' has no port from 0 to {MaxPort} behind the colon.", nameof(text));
        }

        if (host.Length == 0)
        {
            throw new ArgumentException($"'{text}' has no host before the colon.", nameof(text));
        }

        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return address.AddressFamily == AddressFamily.InterNetworkV6 && host[0] != '['
                ? throw new ArgumentException($"'{text}': brackets are missing around the IPv6 address, as in [::1]:80.", nameof(text))
                : new IPEndPoint(address, number);
        }

        return host.Contains(':', StringComparison.Ordinal)
            ? throw new ArgumentException($"'{text}' is no address.", nameof(text))
            : new DnsEndPoint(host, number);
    }

    private static UnixDomainSocketEndPoint Unix(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentOutOfRangeException tooLong)
        {
            throw new ArgumentException($"'{path}' is too long for a Unix socket, whose path has at most 107 bytes.", nameof(path), tooLong);
        }
    }
}
