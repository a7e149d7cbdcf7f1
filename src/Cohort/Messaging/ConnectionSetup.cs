using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Cohort.Messaging;

/// <summary>What makes a <see cref="Connection"/> of a connected socket: TLS when asked for, and then the proof of the key.</summary>
internal sealed record ConnectionSetup
{
    // An idle peer whose machine is gone, or whose cable is cut, is noticed after about a minute.
    private const int SecondsUntilProbes = 30;
    private const int SecondsBetweenProbes = 10;
    private const int Probes = 3;

    public required ReadOnlyMemory<byte>? Key { get; init; }

    public required TimeSpan HandshakeTimeout { get; init; }

    public required ConnectionFormat Format { get; init; }

    public SslServerAuthenticationOptions? ServerTls { get; init; }

    public SslClientAuthenticationOptions? ClientTls { get; init; }

    /// <summary>The client answers first, the listener asks first.</summary>
    public bool IsClient { get; init; }

    public int? MaxMessageLength { get; init; }

    public bool IsEncrypted => ServerTls is not null || ClientTls is not null;

    private bool HasHandshake => Key is not null || IsEncrypted;

    /// <summary>No timer takes longer.</summary>
    private static TimeSpan MaxTime => TimeSpan.FromMilliseconds(int.MaxValue);

    public static void CheckTime(TimeSpan time, string name)
    {
        if (time != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(time, MaxTime, name);
        }
    }

    public ConnectionSetup Validate()
    {
        CheckTime(HandshakeTimeout, nameof(HandshakeTimeout));
        ObjectFormats.Create(Format);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxMessageLength ?? 0, nameof(MaxMessageLength));
        return this;
    }

    /// <summary>Does the handshake. The socket is disposed when that fails.</summary>
    /// <exception cref="ConnectionAuthenticationException">The peer failed in it, was too slow, or went.</exception>
    /// <exception cref="IOException">There is no handshake, and the peer has gone already.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<Connection> Run(bool isAsync, Socket socket, string peer, CancellationToken cancellationToken)
    {
        ByteLine? line = null;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Tune(socket);
            if (!HasHandshake)
            {
                return Connect(new SocketLine(socket), peer);
            }

            // Deadlines of sends end with the first byte. This one ends whatever the handshake is at.
            using CancellationTokenRegistration ending = limit.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket);
            limit.CancelAfter(HandshakeTimeout);
            line = IsEncrypted ? await Encrypt(isAsync, socket, limit.Token).ConfigureAwait(false) : new SocketLine(socket);
            Connection connection = Connect(line, peer);
            if (Key is { } key)
            {
                await ProveKey(isAsync, connection, key).ConfigureAwait(false);
            }

            limit.Token.ThrowIfCancellationRequested();
            return ending.Unregister() ? connection : throw new OperationCanceledException(limit.Token);
        }
        catch (Exception fault)
        {
            line?.Dispose();
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (Translate(fault, peer, limit.IsCancellationRequested) is { } clear)
            {
                throw clear;
            }

            throw;
        }
    }

    private static void Tune(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SecondsUntilProbes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsBetweenProbes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }

    private Connection Connect(ByteLine line, string peer) =>
        new(new StreamTransport(line, peer, MaxMessageLength ?? long.MaxValue), ObjectFormats.Create(Format));

    private async ValueTask ProveKey(bool isAsync, Connection connection, ReadOnlyMemory<byte> key)
    {
        if (IsClient)
        {
            await ConnectionAuthentication.Answer(isAsync, connection, key, null, default).ConfigureAwait(false);
            await ConnectionAuthentication.Deliver(isAsync, connection, key, KeyedDigest.Default, null, default).ConfigureAwait(false);
        }
        else
        {
            await ConnectionAuthentication.Deliver(isAsync, connection, key, KeyedDigest.Default, null, default).ConfigureAwait(false);
            await ConnectionAuthentication.Answer(isAsync, connection, key, null, default).ConfigureAwait(false);
        }
    }

    private async ValueTask<ByteLine> Encrypt(bool isAsync, Socket socket, CancellationToken cancellationToken)
    {
        SslStream stream = new(new NetworkStream(socket, ownsSocket: false));
        try
        {
            Task handshake = ServerTls is not null
                ? stream.AuthenticateAsServerAsync(ServerTls, cancellationToken)
                : stream.AuthenticateAsClientAsync(ClientTls!, cancellationToken);
            if (!isAsync)
            {
                handshake.GetAwaiter().GetResult();
            }

            await handshake.ConfigureAwait(false);
            return new StreamLine(stream, socket);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private Exception? Translate(Exception fault, string peer, bool isTooLate) => fault switch
    {
        SocketException when !HasHandshake => new IOException($"{peer} was gone as soon as it was connected.", fault),
        _ when isTooLate => new ConnectionAuthenticationException(
            $"{peer} did not finish the handshake within {HandshakeTimeout}. Probable causes: it was given no key, {(IsEncrypted ? "does not speak TLS, " : "")}or it hangs.",
            fault),
        AuthenticationException => new ConnectionAuthenticationException($"{peer}: TLS failed: {fault.Message}", fault),
        IOException or SocketException or ObjectDisposedException => new ConnectionAuthenticationException(
            $"{peer} was gone before the handshake was done. Probable causes: it has another key, or it was ended.", fault),
        _ => null,
    };
}
