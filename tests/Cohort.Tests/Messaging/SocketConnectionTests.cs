using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>What a connection over a socket does, whatever the socket's family.</summary>
public sealed class SocketConnectionTests
{
    private const int Limit = 120_000;

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(30);

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
    public async Task Objects_and_bytes_arrive_as_they_were_sent(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family, [1, 2, 3]);
        await Watchdog.Run(() =>
        {
            peers.Client.Send(new Dictionary<string, int> { ["a"] = 1 });
            peers.Client.Send<string?>(null);
            peers.Client.SendBytes(ReadOnlyMemory<byte>.Empty);
            peers.Client.SendBytes([9, 8, 7], 1, 1);
            Assert.Equal(1, peers.Server.Receive<Dictionary<string, int>>()["a"]);
            Assert.Null(peers.Server.Receive<string?>());
            Assert.Empty(peers.Server.ReceiveBytes());
            Assert.Equal([8], peers.Server.ReceiveBytes());
        });
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

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Poll_sees_messages_and_the_end_and_takes_nothing(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        Assert.False(peers.Server.Poll());
        Assert.False(await peers.Server.PollAsync(s_short));
        Assert.False(await Watchdog.Run(() => peers.Server.Poll(s_short)));
        Task<bool> waiting = peers.Server.PollAsync(Timeout.InfiniteTimeSpan).AsTask();
        Task<bool> blocked = Watchdog.Run(() => peers.Server.Poll(Timeout.InfiniteTimeSpan));
        peers.Client.SendBytes(ReadOnlyMemory<byte>.Empty);
        Assert.True(await waiting.Watched());
        Assert.True(await blocked);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(peers.Server.Poll());
        }

        peers.Client.SendBytes(new byte[] { 5 });
        Assert.Empty(peers.Server.ReceiveBytes());
        Assert.True(await peers.Server.PollAsync(Watchdog.Limit));
        peers.Client.Dispose();
        Assert.Equal([5], peers.Server.ReceiveBytes());
        Assert.True(await peers.Server.PollAsync(Watchdog.Limit));
        Assert.True(peers.Server.Poll());
        Assert.Throws<EndOfStreamException>(() => peers.Server.ReceiveBytes());
        Assert.Throws<EndOfStreamException>(() => peers.Server.ReceiveBytes());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task A_wait_that_is_given_up_takes_nothing(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        for (int i = 0; i < 20; i++)
        {
            Assert.False(peers.Server.TryReceive(out int _));
            Assert.False((await peers.Server.TryReceiveAsync<int>(TimeSpan.FromMilliseconds(1))).HasValue);
            using CancellationTokenSource source = new();
            Task<int> asynchronous = peers.Server.ReceiveAsync<int>(null, source.Token).AsTask();
            Task<int> blocked = Watchdog.Run(() => peers.Server.Receive<int>(null, source.Token));
            source.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asynchronous.Watched());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => blocked);
            Assert.Throws<TimeoutException>(() => peers.Server.Receive<int>(TimeSpan.FromMilliseconds(1)));
            peers.Client.Send(i);
            Assert.Equal(i, await peers.Server.ReceiveAsync<int>(Watchdog.Limit));
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Cancelling_at_any_moment_loses_no_message(SocketFamily family)
    {
        const int Count = 500;
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        Task sending = Watchdog.Run(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                peers.Client.Send(i);
            }
        });
        int next = 0, cancelled = 0;
        while (next < Count)
        {
            using CancellationTokenSource source = new();
            Task<int> receiving = next % 2 == 0
                ? peers.Server.ReceiveAsync<int>(null, source.Token).AsTask()
                : Watchdog.Run(() => peers.Server.Receive<int>(null, source.Token));
            source.Cancel();
            try
            {
                Assert.Equal(next, await receiving.Watched());
                next++;
            }
            catch (OperationCanceledException)
            {
                // Then it took nothing; every other try has all the time.
                cancelled++;
                Assert.Equal(next, await peers.Server.ReceiveAsync<int>(Watchdog.Limit));
                next++;
            }
        }

        await sending;
        TestContext.Current.TestOutputHelper?.WriteLine($"{cancelled} of {Count} receives were cancelled.");
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Many_threads_share_each_direction(SocketFamily family)
    {
        const int Threads = 4, Each = 250;
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        Task[] senders = [.. Enumerable.Range(0, Threads).Select(thread => thread % 2 == 0
            ? Watchdog.Run(() => Send(peers.Client, thread, Each))
            : SendAsync(peers.Client, thread, Each))];
        Task<List<byte[]>>[] receivers = [.. Enumerable.Range(0, Threads).Select(thread => thread % 2 == 0
            ? Watchdog.Run(() => Enumerable.Range(0, Each).Select(_ => peers.Server.ReceiveBytes()).ToList())
            : ReceiveAsync(peers.Server, Each))];
        await Task.WhenAll(senders).Watched();
        List<byte[]>[] received = await Task.WhenAll(receivers).Watched();
        byte[][] all = [.. received.SelectMany(static one => one)];
        Assert.All(all, static message => Assert.All(message, b => Assert.Equal(message[0], b)));
        Assert.Equal(
            Enumerable.Range(0, Threads).SelectMany(static thread => Enumerable.Range(1, Each).Select(length => (thread, length))),
            all.Select(static message => ((int)message[0], message.Length / 100)).Order());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task Closing_wakes_whoever_waits(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        Task[] waits =
        [
            Watchdog.Run(() => peers.Server.ReceiveBytes()),
            Watchdog.Run(() => peers.Server.ReceiveBytes(timeout: Watchdog.Limit)),
            peers.Server.ReceiveBytesAsync().AsTask(),
            peers.Server.ReceiveBytesAsync(timeout: Watchdog.Limit, cancellationToken: TestContext.Current.CancellationToken).AsTask(),
            Watchdog.Run(() => peers.Server.Poll(Watchdog.Limit)),
            peers.Server.PollAsync(Watchdog.Limit).AsTask(),
        ];
        await Task.Yield();
        peers.Server.Dispose();
        foreach (Task wait in waits)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.Watched());
        }

        Assert.Throws<ObjectDisposedException>(() => peers.Server.Poll());
        Assert.Throws<ObjectDisposedException>(() => peers.Server.SendBytes(new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => peers.Server.Handle);
        await Watchdog.Run(() => Assert.Throws<EndOfStreamException>(() => peers.Client.ReceiveBytes()));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Families))]
    public async Task A_full_line_keeps_sends_out_until_there_is_room(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        byte[] block = new byte[4096];
        int sent = 0, refused = 0, cancelled = 0;

        // What is full may have some room again a little later: the kernel tidies up.
        while (refused < 2 || cancelled < 2)
        {
            if (peers.Client.TrySendBytes(block) || peers.Client.TrySendBytes(block, s_short) || await peers.Client.TrySendBytesAsync(block, s_short))
            {
                sent++;
                continue;
            }

            refused++;
            using CancellationTokenSource source = new();
            Task[] sends = [peers.Client.SendBytesAsync(block, null, source.Token).AsTask(), Watchdog.Run(() => peers.Client.SendBytes(block, null, source.Token))];
            source.CancelAfter(s_short);
            foreach (Task send in sends)
            {
                try
                {
                    await send.Watched();
                    sent++;
                }
                catch (OperationCanceledException)
                {
                    cancelled++;
                }
            }
        }

        Task[] waiting =
        [
            peers.Client.SendBytesAsync(block, Watchdog.Limit).AsTask(), Watchdog.Run(() => peers.Client.SendBytes(block, Watchdog.Limit)),
        ];
        for (int i = 0; i < sent + waiting.Length; i++)
        {
            Assert.Equal(block.Length, (await peers.Server.ReceiveBytesAsync(timeout: Watchdog.Limit)).Length);
        }

        await Task.WhenAll(waiting).Watched();
        Assert.False(peers.Server.Poll());
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

    private static void Send(Connection connection, int thread, int count)
    {
        for (int i = 1; i <= count; i++)
        {
            connection.SendBytes(Message(thread, i));
        }
    }

    private static async Task SendAsync(Connection connection, int thread, int count)
    {
        for (int i = 1; i <= count; i++)
        {
            await connection.SendBytesAsync(Message(thread, i)).AsTask().Watched();
        }
    }

    private static async Task<List<byte[]>> ReceiveAsync(Connection connection, int count)
    {
        List<byte[]> received = [];
        while (received.Count < count)
        {
            received.Add(await connection.ReceiveBytesAsync().AsTask().Watched());
        }

        return received;
    }

    private static byte[] Message(int thread, int length)
    {
        byte[] message = new byte[length * 100];
        message.AsSpan().Fill((byte)thread);
        return message;
    }
}
