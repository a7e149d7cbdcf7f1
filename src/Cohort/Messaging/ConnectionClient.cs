using System.Net;
using System.Net.Sockets;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// Connects to a <see cref="ConnectionListener"/>, or to a <c>Listener</c> of Python's (Python:
/// <c>multiprocessing.connection.Client</c>).
/// </summary>
public static class ConnectionClient
{
    /// <summary>Connects once, and proves the key if there is one.</summary>
    /// <param name="address">
    /// An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/>, all of whose addresses are tried, or a
    /// <see cref="UnixDomainSocketEndPoint"/>; <see cref="ConnectionAddress.Parse"/> makes one of text.
    /// </param>
    /// <param name="options">What else; null takes all defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">That is no such address, or has no TLS.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="IOException">Nobody listens there, or there is no way to it.</exception>
    /// <exception cref="TimeoutException">The connection was not made in time.</exception>
    /// <exception cref="ConnectionAuthenticationException">
    /// The listener has another key or none, failed in TLS, was too slow in the handshake, or went.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Connection Connect(EndPoint address, ConnectionClientOptions? options = null, CancellationToken cancellationToken = default) =>
        Connect(isAsync: false, address, options, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Connects once, and proves the key if there is one, without blocking a thread.</summary>
    /// <inheritdoc cref="Connect(EndPoint, ConnectionClientOptions?, CancellationToken)"/>
    public static ValueTask<Connection> ConnectAsync(
        EndPoint address, ConnectionClientOptions? options = null, CancellationToken cancellationToken = default) =>
        Connect(isAsync: true, address, options, cancellationToken);

    private static async ValueTask<Connection> Connect(
        bool isAsync, EndPoint address, ConnectionClientOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new ConnectionClientOptions();
        ConnectionSetup setup = options.Validate();
        ConnectionAddress.Check(address, setup.IsEncrypted, nameof(address));
        cancellationToken.ThrowIfCancellationRequested();
        Socket socket = await Connecting.Run(isAsync, address, options.ConnectTimeout, cancellationToken).ConfigureAwait(false);
        return await setup.Run(isAsync, socket, $"the listener at {address}", cancellationToken).ConfigureAwait(false);
    }
}
