using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>Handshakes that fail, with both sides looked at: against bare sockets, and between two of ours.</summary>
public sealed class HandshakeTests
{
    private const int Limit = 120_000;

    private static readonly byte[] s_key = "secret"u8.ToArray();
    private static readonly EndPoint s_anywhere = new IPEndPoint(IPAddress.Loopback, 0);
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(200);

    public static TheoryData<SocketFamily> Families => SocketFamilies.All;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Another_key_is_refused_on_both_sides_and_the_next_client_is_accepted(SocketFamily family)
    {
        using Support.TemporaryFolder folder = new();
        using ConnectionListener listener = new(family.NewAddress(folder), family.ListenerOptions(s_key));
        foreach (bool isAsync in (bool[])[false, true])
        {
            Task accepting = isAsync ? listener.AcceptAsync().AsTask() : Watchdog.Run(() => listener.Accept());
            ConnectionClientOptions wrong = family.ClientOptions([1]);
            Task connecting = isAsync
                ? ConnectionClient.ConnectAsync(listener.Address, wrong).AsTask()
                : Watchdog.Run(() => ConnectionClient.Connect(listener.Address, wrong));
            Exception refusal = await Watchdog.FaultOf(accepting);
            Exception refused = await Watchdog.FaultOf(connecting);
            Assert.Contains("did not prove that it has the key", Assert.IsType<ConnectionAuthenticationException>(refusal).Message, StringComparison.Ordinal);
            Assert.Contains("refused the proof of the key", Assert.IsType<ConnectionAuthenticationException>(refused).Message, StringComparison.Ordinal);
            Assert.Null(listener.LastAccepted);
        }

        await AssertWorks(listener, family.ClientOptions(s_key));
    }

    [Fact(Timeout = Limit)]
    public async Task A_key_is_copied_when_it_is_given()
    {
        byte[] key = [.. s_key];
        using ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = key });
        Array.Clear(key);
        await AssertWorks(listener, new() { AuthenticationKey = s_key });
    }

    [Fact(Timeout = Limit)]
    public async Task A_client_without_a_key_is_refused()
    {
        using ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = s_key });
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        using Connection client = await ConnectionClient.ConnectAsync(listener.Address);
        client.Send("hello");
        Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(accepting));
        Assert.Equal(59, (await client.ReceiveBytesAsync(timeout: Watchdog.Limit)).Length);
        Assert.Equal("#FAILURE#"u8.ToArray(), await client.ReceiveBytesAsync(timeout: Watchdog.Limit));
        await Assert.ThrowsAsync<EndOfStreamException>(() => client.ReceiveBytesAsync(timeout: Watchdog.Limit).AsTask());
        await AssertWorks(listener, new() { AuthenticationKey = s_key });
    }

    [Fact(Timeout = Limit)]
    public async Task A_listener_without_a_key_is_refused_when_it_sends_or_in_time()
    {
        using ConnectionListener listener = new(s_anywhere);
        ConnectionClientOptions options = new() { AuthenticationKey = s_key, HandshakeTimeout = s_short };
        Exception silent = await Watchdog.FaultOf(ConnectionClient.ConnectAsync(listener.Address, options).AsTask());
        Assert.Contains("did not finish the handshake within 00:00:00.2", Assert.IsType<ConnectionAuthenticationException>(silent).Message, StringComparison.Ordinal);
        Assert.Contains("was given no key", silent.Message, StringComparison.Ordinal);
        Exception again = await Watchdog.FaultOf(Watchdog.Run(() => ConnectionClient.Connect(listener.Address, options)));
        Assert.IsType<ConnectionAuthenticationException>(again);

        Task<Connection> connecting = ConnectionClient.ConnectAsync(listener.Address, options with { HandshakeTimeout = Watchdog.Limit }).AsTask();
        List<Connection> accepted = [];
        for (int i = 0; i < 3; i++)
        {
            accepted.Add(await listener.AcceptAsync(Watchdog.Limit));
        }

        accepted[2].SendBytes("hello"u8.ToArray());
        Exception spoken = await Watchdog.FaultOf(connecting);
        Assert.Contains("'hello' (5 bytes)", Assert.IsType<ConnectionAuthenticationException>(spoken).Message, StringComparison.Ordinal);
        foreach (Connection connection in accepted)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => connection.ReceiveBytesAsync(timeout: Watchdog.Limit).AsTask());
            connection.Dispose();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task An_empty_key_is_a_key()
    {
        using ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = [] });
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        Assert.IsType<ConnectionAuthenticationException>(
            await Watchdog.FaultOf(ConnectionClient.ConnectAsync(listener.Address, new() { AuthenticationKey = s_key }).AsTask()));
        Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(accepting));
        await AssertWorks(listener, new() { AuthenticationKey = [] });
    }

    [Theory(Timeout = Limit)]
    [InlineData("", false, "was gone before the handshake was done")]
    [InlineData("0000", false, "was gone before the handshake was done")]
    [InlineData("00000010", false, "was gone before the handshake was done")]
    [InlineData("0000001001020304", false, "was gone before the handshake was done")]
    [InlineData("0000000401020304", true, "did not prove that it has the key")]
    [InlineData("00000000", true, "did not prove that it has the key")]
    [InlineData("00000101", true, "sent a message of 257 bytes")]
    [InlineData("7fffffff", true, "sent a message of 2147483647 bytes")]
    [InlineData("ffffffff7fffffffffffffff", true, "sent a message of 9223372036854775807 bytes")]
    [InlineData("80000000", true, "was gone before the handshake was done")]
    public async Task Whatever_a_client_sends_instead_of_a_proof_it_is_refused(string bytes, bool staysOpen, string why)
    {
        using ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = s_key });
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        using Socket raw = RawLink.ConnectTo(listener.Address);
        Assert.Equal(59, raw.ReceiveFrame().Length);
        raw.Send(Convert.FromHexString(bytes));
        if (!staysOpen)
        {
            raw.Shutdown(SocketShutdown.Send);
        }

        Exception refusal = await Watchdog.FaultOf(accepting);
        Assert.Contains(why, Assert.IsType<ConnectionAuthenticationException>(refusal).Message, StringComparison.Ordinal);
        Assert.Contains($"the client {raw.LocalEndPoint}", refusal.Message, StringComparison.Ordinal);
        if (why.StartsWith("did not prove", StringComparison.Ordinal))
        {
            Assert.Equal("#FAILURE#"u8.ToArray(), raw.ReceiveFrame());
        }

        Assert.True(raw.IsAtEnd());
        await AssertWorks(listener, new() { AuthenticationKey = s_key });
    }

    [Theory(Timeout = Limit)]
    [InlineData("#FAILURE#", "refused the proof")]
    [InlineData("#WELCOME", "sent '#WELCOME' (8 bytes)")]
    [InlineData("#WELCOME#\0", "sent '#WELCOME#.' (10 bytes)")]
    [InlineData("something bogus", "sent 'something bogus' (15 bytes)")]
    [InlineData(null, "was gone before")]
    public async Task A_client_takes_nothing_but_a_welcome(string? verdict, string why)
    {
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(s_anywhere);
        listening.Listen();
        Task<Connection> connecting = ConnectionClient.ConnectAsync(listening.LocalEndPoint!, new() { AuthenticationKey = s_key }).AsTask();
        using Socket raw = await listening.AcceptAsync(TestContext.Current.CancellationToken);
        byte[] challenge = KeyProof.NewChallenge("sha256");
        raw.SendFrame(challenge);
        Assert.True(KeyProof.IsRight(raw.ReceiveFrame(), s_key, challenge));
        if (verdict is null)
        {
            raw.Shutdown(SocketShutdown.Send);
        }
        else
        {
            raw.SendFrame(System.Text.Encoding.Latin1.GetBytes(verdict));
        }

        Exception refusal = await Watchdog.FaultOf(connecting);
        Assert.Contains(why, Assert.IsType<ConnectionAuthenticationException>(refusal).Message, StringComparison.Ordinal);
        Assert.Contains($"the listener at {listening.LocalEndPoint}", refusal.Message, StringComparison.Ordinal);
        Assert.True(raw.IsAtEnd());
    }

    [Fact(Timeout = Limit)]
    public async Task A_listener_has_to_prove_its_key_too()
    {
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(s_anywhere);
        listening.Listen();
        Task<Connection> connecting = ConnectionClient.ConnectAsync(listening.LocalEndPoint!, new() { AuthenticationKey = s_key }).AsTask();
        using Socket raw = await listening.AcceptAsync(TestContext.Current.CancellationToken);
        raw.SendFrame(KeyProof.NewChallenge("sha256"));
        byte[] proof = raw.ReceiveFrame();
        raw.SendFrame("#WELCOME#"u8);
        Assert.Equal(59, raw.ReceiveFrame().Length);

        // The client's own proof of another challenge is none of this one.
        raw.SendFrame(proof);
        Assert.Equal("#FAILURE#"u8.ToArray(), raw.ReceiveFrame());
        Assert.IsType<ConnectionAuthenticationException>(await Watchdog.FaultOf(connecting));
        Assert.True(raw.IsAtEnd());
    }

    [Theory(Timeout = Limit)]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(20)]
    public async Task A_client_that_says_nothing_more_is_refused_in_time_and_holds_up_nobody(int bytes)
    {
        using ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = s_key, HandshakeTimeout = TimeSpan.FromSeconds(2), Backlog = 8 });
        using Socket silent = RawLink.ConnectTo(listener.Address);
        silent.Send(RawLink.Frame(new byte[100]).AsSpan(0, bytes));
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        silent.ReceiveFrame();
        using (Connection client = await ConnectionClient.ConnectAsync(listener.Address, new() { AuthenticationKey = s_key }).AsTask().Watched())
        using (Connection accepted = await accepting.Watched())
        {
            client.Send(1);
            Assert.Equal(1, accepted.Receive<int>());
        }

        Exception refusal = await Watchdog.FaultOf(listener.AcceptAsync().AsTask());
        Assert.Contains("did not finish the handshake within 00:00:02", Assert.IsType<ConnectionAuthenticationException>(refusal).Message, StringComparison.Ordinal);
        Assert.True(silent.IsAtEnd());
        await AssertWorks(listener, new() { AuthenticationKey = s_key });
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_made_in_another_way_can_be_challenged(bool isAsync)
    {
        foreach (string digest in (string[])["md5", "sha256", "sha384"])
        {
            using SocketPeers peers = await SocketPeers.OpenAsync(SocketFamily.UnixFolder);
            Task delivering = isAsync
                ? ConnectionAuthentication.DeliverChallengeAsync(peers.Server, s_key, digest).AsTask()
                : Watchdog.Run(() => ConnectionAuthentication.DeliverChallenge(peers.Server, s_key, digest));
            await (isAsync
                ? ConnectionAuthentication.AnswerChallengeAsync(peers.Client, s_key).AsTask().Watched()
                : Watchdog.Run(() => ConnectionAuthentication.AnswerChallenge(peers.Client, s_key)));
            await delivering.Watched();
            peers.Client.Send(3);
            Assert.Equal(3, peers.Server.Receive<int>());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_challenge_that_is_not_met_fails_as_it_has_to()
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(SocketFamily.UnixFolder);
        Assert.Throws<ArgumentException>(() => ConnectionAuthentication.DeliverChallenge(peers.Server, s_key, "sha512"));
        Assert.Throws<TimeoutException>(() => ConnectionAuthentication.DeliverChallenge(peers.Server, s_key, timeout: TimeSpan.FromMilliseconds(10)));
        using CancellationTokenSource source = new();
        Task answering = ConnectionAuthentication.AnswerChallengeAsync(peers.Server, s_key, null, source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering.Watched());
        peers.Client.SendBytes("something bogus"u8.ToArray());
        Assert.Throws<ConnectionAuthenticationException>(() => ConnectionAuthentication.DeliverChallenge(peers.Server, s_key));
        peers.Client.Dispose();
        Assert.Throws<EndOfStreamException>(() => ConnectionAuthentication.AnswerChallenge(peers.Server, s_key));
        Assert.ThrowsAny<IOException>(() => ConnectionAuthentication.DeliverChallenge(peers.Server, s_key));
    }

    private static async Task AssertWorks(ConnectionListener listener, ConnectionClientOptions options)
    {
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        using Connection client = await ConnectionClient.ConnectAsync(listener.Address, options).AsTask().Watched();
        using Connection accepted = await accepting.Watched();
        await accepted.SendAsync("works");
        Assert.Equal("works", await client.ReceiveAsync<string>(Watchdog.Limit));
    }
}
