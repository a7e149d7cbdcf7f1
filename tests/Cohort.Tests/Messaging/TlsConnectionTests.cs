using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>What TLS adds: who is trusted, and that the proof of the key comes after it.</summary>
public sealed class TlsConnectionTests
{
    private const int Limit = 120_000;

    private static readonly byte[] s_key = [1, 2, 3];
    private static readonly IPEndPoint s_anywhere = new(IPAddress.Loopback, 0);

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_that_is_not_trusted_is_refused(bool isAsync)
    {
        using ConnectionListener listener = new(s_anywhere, SocketFamily.Tls.ListenerOptions(s_key));
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        ConnectionClientOptions options = new() { AuthenticationKey = s_key, Tls = TestCertificates.OtherClient };
        Task<Connection> connecting = isAsync
            ? ConnectionClient.ConnectAsync(listener.Address, options).AsTask()
            : Watchdog.Run(() => ConnectionClient.Connect(listener.Address, options));
        ConnectionAuthenticationException refused = Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(connecting));
        Assert.IsAssignableFrom<AuthenticationException>(refused.InnerException);
        Assert.Contains($"the listener at {listener.Address}: TLS failed", refused.Message, StringComparison.Ordinal);
        Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(accepting));
        await AssertWorks(listener);
    }

    [Fact(Timeout = Limit)]
    public async Task A_client_that_speaks_no_TLS_is_refused_in_time()
    {
        using ConnectionListener listener = new(s_anywhere, SocketFamily.Tls.ListenerOptions(s_key) with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        using (Socket raw = RawLink.ConnectTo(listener.Address))
        {
            raw.Send("GET / HTTP/1.1\r\n\r\n"u8);
            Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(accepting));
        }

        accepting = listener.AcceptAsync().AsTask();
        using (Socket silent = RawLink.ConnectTo(listener.Address))
        {
            ConnectionAuthenticationException refused = Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(accepting));
            Assert.Contains("does not speak TLS", refused.Message, StringComparison.Ordinal);
            Assert.True(silent.IsAtEnd());
        }

        await AssertWorks(listener);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listener_that_speaks_no_TLS_is_refused_in_time(bool isAsync)
    {
        using ConnectionListener listener = new(s_anywhere);
        ConnectionClientOptions options = SocketFamily.Tls.ClientOptions() with { HandshakeTimeout = TimeSpan.FromMilliseconds(200) };
        Task<Connection> connecting = isAsync
            ? ConnectionClient.ConnectAsync(listener.Address, options).AsTask()
            : Watchdog.Run(() => ConnectionClient.Connect(listener.Address, options));
        Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(connecting));
    }

    [Fact(Timeout = Limit)]
    public async Task Poll_sees_messages_that_are_decrypted_already()
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(SocketFamily.Tls);
        for (int i = 0; i < 20; i++)
        {
            peers.Client.Send(i);
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.True(await peers.Server.PollAsync(Watchdog.Limit));
            Assert.Equal(i, peers.Server.Receive<int>());
        }

        Assert.False(peers.Server.Poll());
    }

    [Fact]
    public void A_Unix_socket_has_no_TLS()
    {
        UnixDomainSocketEndPoint path = new("/nowhere/at/all");
        Assert.Throws<ArgumentException>(() => new ConnectionListener(path, SocketFamily.Tls.ListenerOptions()));
        Assert.Throws<ArgumentException>(() => new ConnectionListener(null, SocketFamily.Tls.ListenerOptions()));
        Assert.Throws<ArgumentException>(() => ConnectionClient.Connect(path, SocketFamily.Tls.ClientOptions()));
    }

    private static async Task AssertWorks(ConnectionListener listener)
    {
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        using Connection client = await ConnectionClient.ConnectAsync(listener.Address, SocketFamily.Tls.ClientOptions(s_key)).AsTask().Watched();
        using Connection accepted = await accepting.Watched();
        await client.SendAsync("works");
        Assert.Equal("works", await accepted.ReceiveAsync<string>(Watchdog.Limit));
    }
}
