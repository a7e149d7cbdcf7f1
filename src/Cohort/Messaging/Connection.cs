using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// One end of a line to another process, or another thread, over which whole messages travel: objects and bytes (Python:
/// <c>multiprocessing.connection.Connection</c>).
/// </summary>
/// <remarks>
/// <para>
/// Messages arrive
/// whole and in order. Unlike Python's, any number of threads may use either direction at once, and objects are received by
/// type: what was sent as a subtype arrives as one.
/// </para>
/// <para>
/// Whoever waits here also waits for the end of the peer: a receive then throws <see cref="EndOfStreamException"/> as soon as
/// all that was sent has been received, a send <see cref="IOException"/>.
/// </para>
/// <para>
/// A connection can itself be sent: what arrives is the same end, held by one more process, and this one stays open. Over
/// shared memory both may then use it at once. Over a socket one process at a time may receive and one may send, as their
/// messages would mix, and to close it here while something waits at it here may end it for all. An encrypted one cannot be
/// sent.
/// </para>
/// </remarks>
[Picklable(typeof(ConnectionPickler))]
public sealed partial class Connection : IDisposable, IAsyncDisposable
{
    private readonly ConnectionTransport _transport;
    private readonly IObjectFormat _format;
    private volatile bool _isClosed;
    private volatile bool _isUnreadable;

    internal Connection(ConnectionTransport transport, IObjectFormat format, bool isReadable = true, bool isWritable = true)
    {
        _transport = transport;
        _format = format;
        _isUnreadable = !isReadable;
        IsWritable = isWritable;
    }

    /// <summary>
    /// A connection over a socket that is connected already, by whatever means (Python: <c>Connection(handle)</c>). Nothing is
    /// proved to the peer and nothing asked of it: see <see cref="ConnectionAuthentication"/>.
    /// </summary>
    /// <param name="socket">A connected stream socket. From here on it is the connection's, which closes it.</param>
    /// <param name="format">How objects are encoded.</param>
    /// <param name="maxMessageLength">The longest message that is received, in bytes; null: whatever an array holds.</param>
    /// <exception cref="ArgumentException">It is no connected stream socket.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format, or <paramref name="maxMessageLength"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static Connection FromSocket(Socket socket, ConnectionFormat format = default, int? maxMessageLength = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ObjectDisposedException.ThrowIf(socket.SafeHandle.IsClosed, socket);
        if (socket.SocketType != SocketType.Stream || !socket.Connected)
        {
            throw new ArgumentException("Messages travel over a connected stream socket; this one is another.", nameof(socket));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(maxMessageLength ?? 0, nameof(maxMessageLength));
        string peer = socket.RemoteEndPoint?.ToString() is { Length: > 0 } address ? $"the peer at {address}" : "the peer at a socket";
        return new Connection(new StreamTransport(new SocketLine(socket), peer, maxMessageLength ?? long.MaxValue), ObjectFormats.Create(format));
    }

    /// <summary>Whether messages can be received: not from the sending end of a one-way pair, nor after a message that was too long.</summary>
    public bool IsReadable => !_isUnreadable;

    /// <summary>Whether messages can be sent.</summary>
    public bool IsWritable { get; }

    /// <summary>Whether this end was closed.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>
    /// A descriptor to wait on with a selector (Python: <c>fileno</c>): readable when a message is there, or the peer is gone.
    /// It stays the connection's. Of a connection over shared memory it is made when it is first asked for, for this process
    /// alone, and may stay readable for a message that another process has taken, until <see cref="Poll"/> or a receive here.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The connection is closed.</exception>
    public SafeHandle Handle
    {
        get
        {
            EnsureOpen();
            return _transport.Handle;
        }
    }

    internal ConnectionTransport Transport => _transport;

    internal IObjectFormat Format => _format;

    /// <summary>Closes this end. Idempotent. Whoever waits here gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Close() => Dispose();

    /// <inheritdoc cref="Close"/>
    public void Dispose()
    {
        _isClosed = true;
        _transport.Dispose();
    }

    /// <inheritdoc cref="Close"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>What it is, and whom it talks to.</summary>
    public override string ToString() =>
        $"{nameof(Connection)} ({(_isClosed ? "closed" : $"{(IsReadable ? IsWritable ? "to and from" : "from" : "to")} {_transport.Peer}")})";

    private void EnsureOpen() => ObjectDisposedException.ThrowIf(_isClosed, this);

    private void EnsureReadable()
    {
        EnsureOpen();
        if (_isUnreadable)
        {
            throw new InvalidOperationException("Nothing can be received from this connection: it is the sending end, or a message was too long.");
        }
    }

    private void EnsureWritable()
    {
        EnsureOpen();
        if (!IsWritable)
        {
            throw new InvalidOperationException("Nothing can be sent over this connection: it is the receiving end.");
        }
    }

    private TimeoutException TimedOut(TimeSpan? timeout, string what) =>
        new($"{this}: {what} within {timeout}.");
}
