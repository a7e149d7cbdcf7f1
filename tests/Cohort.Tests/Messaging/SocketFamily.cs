using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>The kinds of address that connections have, and what listens and connects there in the conformance tests.</summary>
public enum SocketFamily
{
    IPv4,
    IPv6,
    HostName,
    UnixPath,
    UnixFolder,
    UnixAbstract,
    Tls,
}

internal static class SocketFamilies
{
    public static TheoryData<SocketFamily> All => [.. Enum.GetValues<SocketFamily>()];

    /// <summary>Somewhere to listen; null for a place that the listener chooses.</summary>
    public static EndPoint? NewAddress(this SocketFamily family, TemporaryFolder folder)
    {
        Assert.SkipWhen(family == SocketFamily.IPv6 && !Socket.OSSupportsIPv6, "this machine has no IPv6");
        return family switch
        {
            SocketFamily.IPv4 or SocketFamily.Tls => new IPEndPoint(IPAddress.Loopback, 0),
            SocketFamily.IPv6 => new IPEndPoint(IPAddress.IPv6Loopback, 0),
            SocketFamily.HostName => ConnectionAddress.Parse("localhost:0"),
            SocketFamily.UnixPath => new UnixDomainSocketEndPoint(folder.PathOf("socket")),
            SocketFamily.UnixAbstract => new UnixDomainSocketEndPoint($"\0cohort-{Guid.NewGuid():N}"),
            _ => null,
        };
    }

    public static ConnectionListenerOptions ListenerOptions(this SocketFamily family, byte[]? key = null) =>
        new() { AuthenticationKey = key, Tls = family == SocketFamily.Tls ? TestCertificates.Server : null };

    public static ConnectionClientOptions ClientOptions(this SocketFamily family, byte[]? key = null) =>
        new() { AuthenticationKey = key, Tls = family == SocketFamily.Tls ? TestCertificates.TrustingClient : null };
}
