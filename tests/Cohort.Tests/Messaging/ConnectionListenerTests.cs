using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>Listeners and clients: where they listen, how they end, and what several of them do to each other.</summary>
public sealed class ConnectionListenerTests
{
    private const int Limit = 120_000;

    private static readonly IPEndPoint s_anywhere = new(IPAddress.Loopback, 0);
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(30);

    public static TheoryData<SocketFamily> Families => SocketFamilies.All;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public void An_address_in_use_is_refused_and_free_again_after_closing(SocketFamily family)
    {
        using TemporaryFolder folder = new();
        using ConnectionListener listener = new(family.NewAddress(folder), family.ListenerOptions());
        IOException inUse = Assert.Throws<IOException>(() => new ConnectionListener(listener.Address, family.ListenerOptions()));
        Assert.Contains(listener.Address.ToString()!, inUse.Message, StringComparison.Ordinal);
        Assert.Contains("Somebody listens there", inUse.Message, StringComparison.Ordinal);
        listener.Dispose();
        if (family != SocketFamily.UnixFolder)
        {
            new ConnectionListener(listener.Address, family.ListenerOptions()).Dispose();
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task A_closed_listener_accepts_nobody_and_keeps_what_it_accepted(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        Task[] waits =
        [
            peers.Listener.AcceptAsync().AsTask(), Watchdog.Run(() => peers.Listener.Accept()),
            Watchdog.Run(() => peers.Listener.TryAccept(Watchdog.Limit)),
        ];
        await peers.Listener.DisposeAsync();
        peers.Listener.Close();
        foreach (Task wait in waits)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.Watched());
        }

        Assert.Throws<ObjectDisposedException>(() => peers.Listener.Accept());
        Assert.Throws<ObjectDisposedException>(() => peers.Listener.TryAccept());
        Assert.Contains("closed", peers.Listener.ToString(), StringComparison.Ordinal);
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => ConnectionClient.ConnectAsync(peers.Listener.Address, family.ClientOptions()).AsTask());
        Assert.Contains(peers.Listener.Address.ToString()!, refused.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => ConnectionClient.Connect(peers.Listener.Address, family.ClientOptions()));
        peers.Client.Send(1);
        Assert.Equal(1, peers.Server.Receive<int>());
    }

    [Fact]
    public void Without_an_address_it_listens_in_a_folder_that_only_this_user_enters_and_that_goes_with_it()
    {
        string path;
        using (ConnectionListener listener = new())
        {
            path = listener.Address.ToString()!;
            string folder = Path.GetDirectoryName(path)!;
            Assert.True(File.Exists(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }

        Assert.False(File.Exists(path));
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void The_mode_of_a_path_is_as_asked_for_and_the_path_goes_with_the_listener()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("socket");
        using (ConnectionListener listener = new(new UnixDomainSocketEndPoint(path), new() { SocketMode = UnixFileMode.UserWrite }))
        {
            Assert.Equal(UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            ConnectionClient.Connect(listener.Address).Dispose();
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_free_port_is_chosen_and_shown()
    {
        using ConnectionListener listener = new(ConnectionAddress.Parse("localhost:0"));
        IPEndPoint address = Assert.IsType<IPEndPoint>(listener.Address);
        Assert.NotEqual(0, address.Port);
        Assert.Equal(AddressFamily.InterNetwork, address.AddressFamily);
    }

    [Fact(Timeout = Limit)]
    public async Task Accepting_ends_in_time_and_when_cancelled_and_the_next_client_is_not_lost()
    {
        using ConnectionListener listener = new(s_anywhere);
        Assert.Null(listener.TryAccept());
        Assert.Null(await listener.TryAcceptAsync(s_short));
        Assert.Throws<TimeoutException>(() => listener.Accept(s_short));
        using CancellationTokenSource source = new();
        Task[] waits = [listener.AcceptAsync(null, source.Token).AsTask(), Watchdog.Run(() => listener.Accept(null, source.Token))];
        await source.CancelAsync();
        foreach (Task wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Watched());
        }

        for (int i = 0; i < 3; i++)
        {
            using Connection client = ConnectionClient.Connect(listener.Address);
            client.Send(i);
            using Connection accepted = await listener.AcceptAsync(Watchdog.Limit);
            Assert.Equal(i, await accepted.ReceiveAsync<int>(Watchdog.Limit));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task One_that_waits_is_accepted_without_waiting()
    {
        using ConnectionListener listener = new(s_anywhere);
        using Connection client = ConnectionClient.Connect(listener.Address);
        Connection? accepted = null;
        await Eventually.TrueAsync(() => (accepted ??= listener.TryAccept()) is not null);
        accepted!.Dispose();
        Assert.Null(listener.TryAccept());
    }

    [Fact(Timeout = Limit)]
    public async Task Last_accepted_is_the_peer_of_the_accept_before()
    {
        using ConnectionListener listener = new(s_anywhere);
        using Socket raw = RawLink.ConnectTo(listener.Address);
        using Connection accepted = await listener.AcceptAsync(Watchdog.Limit);
        Assert.Equal(raw.LocalEndPoint, listener.LastAccepted);
        Assert.Contains($"the client {raw.LocalEndPoint}", accepted.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Many_clients_and_many_accepts_all_meet()
    {
        const int Count = 60;
        byte[] key = [4, 5, 6];
        using ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = key });
        Task<Connection>[] accepting = [.. Enumerable.Range(0, Count).Select(_ => listener.AcceptAsync().AsTask())];
        Task<Connection>[] clients = [.. Enumerable.Range(0, Count).Select(_ => ConnectionClient.ConnectAsync(listener.Address, new() { AuthenticationKey = key }).AsTask())];
        Connection[] ends = [.. await Task.WhenAll(clients).Watched(), .. await Task.WhenAll(accepting).Watched()];
        for (int i = 0; i < Count; i++)
        {
            ends[i].Send(i);
        }

        List<int> received = [];
        for (int i = 0; i < Count; i++)
        {
            received.Add(await ends[Count + i].ReceiveAsync<int>(Watchdog.Limit));
        }

        Assert.Equal(Enumerable.Range(0, Count), received.Order());
        Array.ForEach(ends, static end => end.Dispose());
    }

    [Fact(Timeout = Limit)]
    public async Task More_silent_clients_than_handshakes_hold_up_nobody_for_longer_than_one()
    {
        byte[] key = [7];
        ConnectionListenerOptions options = new()
        {
            AuthenticationKey = key, Backlog = ConnectionListener.MaxHandshakes * 2, HandshakeTimeout = TimeSpan.FromSeconds(3),
        };
        using ConnectionListener listener = new(s_anywhere, options);
        Socket[] silent = [.. Enumerable.Range(0, ConnectionListener.MaxHandshakes + 1).Select(_ => RawLink.ConnectTo(listener.Address))];
        Task<Connection> connecting = ConnectionClient.ConnectAsync(listener.Address, new() { AuthenticationKey = key }).AsTask();
        Connection? accepted = null;
        int refused = 0;
        while (accepted is null)
        {
            try
            {
                accepted = await listener.AcceptAsync(Watchdog.Limit);
            }
            catch (ConnectionAuthenticationException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, silent.Length);
        (await connecting.Watched()).Dispose();
        accepted.Dispose();
        Array.ForEach(silent, static socket => socket.Dispose());
    }

    [Theory(Timeout = Limit)]
    [InlineData(SocketFamily.UnixFolder)]
    [InlineData(SocketFamily.IPv4)]
    public async Task A_full_backlog_ends_connecting_in_time_and_not_before(SocketFamily family)
    {
        using TemporaryFolder folder = new();
        using ConnectionListener listener = new(family.NewAddress(folder), new() { Backlog = 1 });
        List<Connection> clients = [];
        ConnectionClientOptions options = new() { ConnectTimeout = TimeSpan.FromMilliseconds(100) };
        int timeouts = 0;
        while (timeouts < 2)
        {
            try
            {
                clients.Add(timeouts == 0
                    ? ConnectionClient.Connect(listener.Address, options)
                    : await ConnectionClient.ConnectAsync(listener.Address, options));
                Assert.InRange(clients.Count, 0, 20);
            }
            catch (TimeoutException full)
            {
                Assert.Contains(listener.Address.ToString()!, full.Message, StringComparison.Ordinal);
                timeouts++;
            }
        }

        ConnectionClientOptions patient = options with { ConnectTimeout = Watchdog.Limit };
        using CancellationTokenSource source = new();
        Task<Connection>[] cancelled =
        [
            ConnectionClient.ConnectAsync(listener.Address, patient, source.Token).AsTask(),
            Watchdog.Run(() => ConnectionClient.Connect(listener.Address, patient, source.Token)),
        ];
        Task<Connection>[] connecting =
        [
            ConnectionClient.ConnectAsync(listener.Address, patient).AsTask(), Watchdog.Run(() => ConnectionClient.Connect(listener.Address, patient)),
        ];
        await source.CancelAsync();
        foreach (Task<Connection> one in cancelled)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.Watched());
        }

        while (!Array.TrueForAll(connecting, static one => one.IsCompleted))
        {
            (await listener.TryAcceptAsync(s_short))?.Dispose();
        }

        Array.ForEach(await Task.WhenAll(connecting).Watched(), static client => client.Dispose());
        clients.ForEach(static client => client.Dispose());
    }

    [Fact(Timeout = Limit)]
    public async Task Closing_ends_handshakes_and_connections_that_nobody_took()
    {
        Leaks before = Leaks.Snapshot();
        ConnectionListener listener = new(s_anywhere, new() { AuthenticationKey = [1], Backlog = 4 });
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        using (Socket silent = RawLink.ConnectTo(listener.Address))
        {
            silent.ReceiveFrame();
            listener.Dispose();
            Assert.True(silent.IsAtEnd());
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.Watched());
        ConnectionListener open = new(s_anywhere);
        Assert.Null(open.TryAccept());
        using (Socket client = RawLink.ConnectTo(open.Address))
        {
            open.Dispose();
            Assert.True(client.IsAtEnd());
        }

        Leaks.AssertNone(before);
    }

    [Fact]
    public void What_cannot_be_an_address_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new ConnectionListener(new NoEndPoint()));
        Assert.Throws<ArgumentException>(() => ConnectionClient.Connect(new NoEndPoint()));
        Assert.Throws<ArgumentNullException>(() => ConnectionClient.Connect(null!));
        using TemporaryFolder folder = new();
        IOException missing = Assert.Throws<IOException>(() => new ConnectionListener(new UnixDomainSocketEndPoint(folder.PathOf("no", "such"))));
        Assert.Contains(folder.PathOf("no", "such"), missing.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => ConnectionClient.Connect(new UnixDomainSocketEndPoint(folder.PathOf("no"))));
        Assert.Throws<IOException>(() => new ConnectionListener(new DnsEndPoint("no-such-host.invalid", 0)));
        Assert.Throws<IOException>(() => ConnectionClient.Connect(new DnsEndPoint("no-such-host.invalid", 1)));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        ConnectionListenerOptions[] wrong =
        [
            new() { Backlog = 0 }, new() { HandshakeTimeout = TimeSpan.Zero }, new() { HandshakeTimeout = TimeSpan.MaxValue },
            new() { MaxMessageLength = -1 }, new() { Format = (ConnectionFormat)9 },
        ];
        Assert.All(wrong, static options => Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionListener(null, options)));
        ConnectionClientOptions[] alsoWrong =
        [
            new() { ConnectTimeout = TimeSpan.Zero }, new() { HandshakeTimeout = TimeSpan.FromSeconds(-3) },
            new() { MaxMessageLength = -1 }, new() { Format = (ConnectionFormat)9 },
        ];
        Assert.All(alsoWrong, static options => Assert.Throws<ArgumentOutOfRangeException>(() => ConnectionClient.Connect(s_anywhere, options)));
    }

    [Fact(Timeout = Limit)]
    public async Task The_longest_message_of_the_options_is_the_longest_that_is_taken()
    {
        using ConnectionListener listener = new(null, new() { MaxMessageLength = 10 });
        using Connection client = ConnectionClient.Connect(listener.Address, new() { MaxMessageLength = 20 });
        using Connection accepted = await listener.AcceptAsync(Watchdog.Limit);
        client.SendBytes(new byte[10]);
        client.SendBytes(new byte[11]);
        accepted.SendBytes(new byte[21]);
        Assert.Equal(10, accepted.ReceiveBytes().Length);
        Assert.Throws<MessageTooLongException>(() => accepted.ReceiveBytes());
        Assert.Throws<MessageTooLongException>(() => client.ReceiveBytes(1000));
    }

    private sealed class NoEndPoint : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Ipx;
    }
}
