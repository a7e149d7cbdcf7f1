using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>What connections over sockets have beside the rest: all kinds of address, and parts of a size of their own.</summary>
public sealed class SocketConnectionTests
{
    private const int Limit = 120_000;

    public static TheoryData<SocketFamily> Families => SocketFamilies.All;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Client_and_listener_say_hello_and_leave_nothing(SocketFamily family)
    {
        Leaks before = Leaks.Snapshot();
        using (TemporaryFolder folder = new())
        using (ConnectionListener listener = new(family.NewAddress(folder), family.ListenerOptions()))
        {
            Assert.Null(listener.LastAccepted);
            Task client = Watchdog.Run(() =>
            {
                using Connection connection = ConnectionClient.Connect(listener.Address, family.ClientOptions());
                connection.Send("hello");
            });
            using Connection accepted = await Watchdog.Run(() => listener.Accept());
            Assert.Equal("hello", await Watchdog.Run(() => accepted.Receive<string>()));
            await Watchdog.Run(() => Assert.Throws<EndOfStreamException>(() => accepted.Receive<string>()));
            await client;
            Assert.NotNull(listener.LastAccepted);
        }

        Leaks.AssertNone(before);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Messages_of_every_length_stay_in_order_both_ways(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family, [1]);
        int[] lengths = [0, 1, 3, 4, 4095, 16_383, 16_384, 16_385, 65_531, 65_532, 65_533, 262_144, 262_145, 1_048_577, 16 << 20];
        Task sending = Watchdog.Run(() =>
        {
            foreach (int length in lengths)
            {
                peers.Client.SendBytes(Pattern(length));
            }
        });
        foreach (int length in lengths)
        {
            byte[] bytes = await peers.Server.ReceiveBytesAsync().AsTask().Watched();
            Assert.True(Pattern(length).AsSpan().SequenceEqual(bytes), $"{length} bytes");
            await peers.Server.SendBytesAsync(bytes[..Math.Min(100, length)]).AsTask().Watched();
        }

        await sending;
        foreach (int length in lengths)
        {
            Assert.Equal(Pattern(length)[..Math.Min(100, length)], await Watchdog.Run(() => peers.Client.ReceiveBytes()));
        }
    }

    private static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)((i * 7) + (i >> 8));
        }

        return bytes;
    }

    /// <summary>Sockets that were connected in another way, and the proof of a key over them.</summary>
    [Fact(Timeout = 60_000)]
    public async Task FromSocket_ConnectedSockets_AreBothEndsOfAConnection()
    {
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<ArgumentException>(() => Connection.FromSocket(listening));
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        Socket near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.Connect(listening.LocalEndPoint!);
        using Connection here = Connection.FromSocket(near);
        using Connection there = Connection.FromSocket(listening.Accept(), maxMessageLength: 1000);
        byte[] key = [1, 2, 3];
        await Task.WhenAll(
            Watchdog.Run(() => ConnectionAuthentication.DeliverChallenge(here, key)),
            Watchdog.Run(() => ConnectionAuthentication.AnswerChallenge(there, key)));

        here.Send("hello");
        Assert.Equal("hello", await Watchdog.Run(() => there.Receive<string>()));
        await there.SendAsync((1, 2.5));
        Assert.Equal((1, 2.5), await here.ReceiveAsync<(int, double)>(Watchdog.Limit));
        Assert.Contains(near.LocalEndPoint!.ToString()!, there.ToString(), StringComparison.Ordinal);
        here.SendBytes(new byte[1001]);
        Assert.Throws<MessageTooLongException>(() => there.ReceiveBytes());
        here.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Connection.FromSocket(near));
    }
}
