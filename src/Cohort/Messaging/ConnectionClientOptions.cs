using System.Net.Security;

namespace Cohort.Messaging;

/// <summary>How <see cref="ConnectionClient"/> connects. What is null takes the default that its property states.</summary>
public sealed record ConnectionClientOptions
{
    /// <summary>How long connecting may take, by default.</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The secret that the listener has to have; the client proves to it that it has it too. It may be empty, which is not the
    /// same as null.
    /// </summary>
    /// <value>The default is null: nothing is proved.</value>
    public byte[]? AuthenticationKey { get; init; }

    /// <summary>
    /// How long to wait for the connection, which takes long when the listener's backlog is full, or nothing answers at the
    /// address. <see cref="Timeout.InfiniteTimeSpan"/> waits as long as the system does.
    /// </summary>
    /// <value>The default is 20 seconds.</value>
    public TimeSpan ConnectTimeout { get; init; } = DefaultConnectTimeout;

    /// <summary>
    /// How long the listener may take for TLS and for proving its key, once it is connected. That includes the time until it
    /// accepts. <see cref="Timeout.InfiniteTimeSpan"/> does not end.
    /// </summary>
    /// <value>The default is 20 seconds.</value>
    public TimeSpan HandshakeTimeout { get; init; } = ConnectionListenerOptions.DefaultHandshakeTimeout;

    /// <summary>How objects are encoded.</summary>
    /// <value>The default is <see cref="ConnectionFormat.Cohort"/>.</value>
    public ConnectionFormat Format { get; init; }

    /// <summary>Whom to trust and so on for TLS, which only TCP has and only processes of .NET speak here: Python's do not.</summary>
    /// <value>The default is null: no TLS.</value>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The longest message that is received over the connection, in bytes.</summary>
    /// <value>The default is null: whatever an array holds.</value>
    public int? MaxMessageLength { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    internal ConnectionSetup Validate()
    {
        ConnectionSetup.CheckTime(ConnectTimeout, nameof(ConnectTimeout));
        return new ConnectionSetup
        {
            // A copy: what the caller does with its array later is no change of the key.
            Key = AuthenticationKey is { } key ? new ReadOnlyMemory<byte>([.. key]) : default(ReadOnlyMemory<byte>?),
            HandshakeTimeout = HandshakeTimeout,
            Format = Format,
            ClientTls = Tls,
            IsClient = true,
            MaxMessageLength = MaxMessageLength,
        }.Validate();
    }
}
