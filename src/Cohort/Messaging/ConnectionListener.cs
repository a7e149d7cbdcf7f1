using System.Net;
using System.Net.Sockets;

namespace Cohort.Messaging;

/// <summary>
/// Waits at an address for other processes to connect (Python: <c>multiprocessing.connection.Listener</c>, whose
/// <c>Client</c> can connect here).
/// </summary>
/// <remarks>
/// <para>
/// Connections that have come are taken from the system only while somebody accepts. With a key, or with TLS, those that have
/// been taken go through their handshakes side by side, and the first that is done is accepted: a client that says nothing
/// holds up nobody.
/// </para>
/// <para>Any number of threads may accept at once.</para>
/// </remarks>
public sealed partial class ConnectionListener : IDisposable, IAsyncDisposable
{
    private readonly ConnectionSetup _setup;
    private readonly IDisposable? _path;
    private readonly Socket _socket;

    /// <summary>Starts to listen.</summary>
    /// <param name="address">
    /// An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> (of several addresses of a host, the first of IPv4) or a
    /// <see cref="UnixDomainSocketEndPoint"/>; <see cref="ConnectionAddress.Parse"/> makes one of text. Null: a Unix socket in
    /// a fresh directory that only this user can enter.
    /// </param>
    /// <param name="options">What else; null takes all defaults.</param>
    /// <exception cref="ArgumentException">That is no such address, or has no TLS.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="IOException">The address is in use, or cannot be had.</exception>
    public ConnectionListener(EndPoint? address = null, ConnectionListenerOptions? options = null)
    {
        options ??= new ConnectionListenerOptions();
        _setup = options.Validate();
        if (address is not null)
        {
            ConnectionAddress.Check(address, _setup.IsEncrypted, nameof(address));
        }
        else if (_setup.IsEncrypted)
        {
            throw new ArgumentException("TLS is for TCP, and needs an address.", nameof(address));
        }

        if (address is null)
        {
            UnixSocketFolder folder = new();
            _path = folder;
            address = folder.Address;
        }

        try
        {
            _socket = ListeningSocket.Open(address, options);
        }
        catch
        {
            _path?.Dispose();
            throw;
        }

        if (_path is null && ConnectionAddress.FileOf(address) is { } path)
        {
            _path = new UnixSocketFile(path);
        }

        Address = _socket.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the port that was free if 0 was asked for. Stays when it is closed.</summary>
    public EndPoint Address { get; }

    /// <summary>Who was accepted last; null when nobody was. Clients over Unix sockets have no address, that is an empty one.</summary>
    public EndPoint? LastAccepted { get; private set; }

    /// <summary>
    /// Stops to listen, and removes the socket's path. Idempotent. Whoever accepts gets an
    /// <see cref="ObjectDisposedException"/>; connections that were accepted stay.
    /// </summary>
    public void Close() => Dispose();

    /// <inheritdoc cref="Close"/>
    public void Dispose()
    {
        if (EndAccepting())
        {
            // This removes the path, too.
            _socket.Dispose();
            _path?.Dispose();
        }
    }

    /// <inheritdoc cref="Close"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>What it is, and where.</summary>
    public override string ToString() => $"{nameof(ConnectionListener)} ({(_isClosed ? "closed" : Address)})";
}
