using System.Net.Security;

namespace Cohort.Messaging;

/// <summary>How a <see cref="ConnectionListener"/> works. What is null takes the default that its property states.</summary>
public sealed record ConnectionListenerOptions
{
    /// <summary>How many connections may wait to be accepted, by default.</summary>
    public const int DefaultBacklog = 128;

    /// <summary>How long a client may take to prove its key, by default.</summary>
    public static readonly TimeSpan DefaultHandshakeTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The secret that each client has to have; the listener proves to it that it has it too. It may be empty, which is not
    /// the same as null.
    /// </summary>
    /// <value>The default is null: whoever connects is accepted.</value>
    public byte[]? AuthenticationKey { get; init; }

    /// <summary>How many connections may wait to be accepted, at least 1. The kernel rounds.</summary>
    /// <value>
    /// The default is 128. Python's is 1; but where more clients than that connect over TCP at once, the kernel may take one to
    /// be connected that the listener never hears of, and it waits in vain for the handshake.
    /// </value>
    public int Backlog { get; init; } = DefaultBacklog;

    /// <summary>How long a client may take for TLS and for proving its key. <see cref="Timeout.InfiniteTimeSpan"/> does not end.</summary>
    /// <value>The default is 20 seconds.</value>
    public TimeSpan HandshakeTimeout { get; init; } = DefaultHandshakeTimeout;

    /// <summary>How objects are encoded.</summary>
    /// <value>The default is <see cref="ConnectionFormat.Cohort"/>.</value>
    public ConnectionFormat Format { get; init; }

    /// <summary>The certificate and so on for TLS, which only TCP has and only processes of .NET speak here: Python's do not.</summary>
    /// <value>The default is null: no TLS.</value>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>The longest message that is received over an accepted connection, in bytes.</summary>
    /// <value>The default is null: whatever an array holds.</value>
    public int? MaxMessageLength { get; init; }

    /// <summary>Who may connect to a Unix path: whoever may write the file.</summary>
    /// <value>The default is null: as the process's umask has it.</value>
    public UnixFileMode? SocketMode { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    internal ConnectionSetup Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Backlog, 1, nameof(Backlog));
        return new ConnectionSetup
        {
            // A copy: what the caller does with its array later is no change of the key.
            Key = AuthenticationKey is { } key ? new ReadOnlyMemory<byte>([.. key]) : default(ReadOnlyMemory<byte>?),
            HandshakeTimeout = HandshakeTimeout,
            Format = Format,
            ServerTls = Tls,
            MaxMessageLength = MaxMessageLength,
        }.Validate();
    }
}
