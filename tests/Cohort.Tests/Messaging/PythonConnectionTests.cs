using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>Listeners and clients of every Python of this machine with ours, in both roles: the same bytes and the same refusals.</summary>
public sealed class PythonConnectionTests
{
    private const int Limit = 240_000;

    /// <summary>What both scripts start with. It runs in Python 2.7 as well.</summary>
    private const string Prelude = """
        import sys
        from multiprocessing.connection import Client, Listener
        from multiprocessing import AuthenticationError

        KEY = b'secret'

        def place(text):
            kind, rest = text.split(':', 1)
            if kind == 'abstract':
                return '\0' + rest if sys.version_info >= (3, 8) else None
            return ('127.0.0.1', int(rest)) if kind == 'tcp' else rest

        def say(*words):
            sys.stdout.write(' '.join(str(w) for w in words) + '\n')
            sys.stdout.flush()

        """;

    private static readonly byte[] s_key = "secret"u8.ToArray();
    private static readonly int[] s_lengths = [0, 5, 16_384, 16_385, 20 * 1024, 5 << 20];

    public static TheoryData<string?> All => Pythons.All;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(All))]
    public async Task A_client_of_Python_talks_with_our_listener(string? python)
    {
        using TemporaryFolder folder = new();
        using ConnectionListener tcp = Listen(new IPEndPoint(IPAddress.Loopback, 0), s_key);
        using ConnectionListener unix = Listen(new UnixDomainSocketEndPoint(folder.PathOf("socket")), s_key);
        string name = $"cohort-{Guid.NewGuid():N}";
        using ConnectionListener @abstract = Listen(new UnixDomainSocketEndPoint('\0' + name), s_key);
        using ConnectionListener open = Listen(new IPEndPoint(IPAddress.Loopback, 0), null);
        await using ChildOutput child = ChildOutput.Start(Pythons.Request(python, Prelude + """
            def attempt(what, address, key):
                try:
                    c = Client(address, authkey=key)
                except (AuthenticationError, AssertionError):
                    say(what, 'refused')
                else:
                    c.close()
                    say(what, 'accepted')

            for text in sys.argv[2:]:
                address = place(text)
                if address is None:
                    say('skipped')
                    continue
                say('trying')
                c = Client(address, authkey=KEY)
                for n in [0, 5, 16384, 16385, 20 * 1024, 5 << 20]:
                    c.send_bytes(b'z' * n)
                    assert c.recv_bytes() == b'z' * n + b'!', n
                c.close()
                say('echoed')
                attempt('wrong key', address, b'wrong')
                c = Client(address)
                c.send_bytes(b'no key')
                first = c.recv_bytes()
                say(len(first), first[:11].decode(), c.recv_bytes().decode())
                try:
                    c.recv_bytes()
                except EOFError:
                    say('end')

            attempt('unasked key', place(sys.argv[1]), KEY)
            c = Client(place(sys.argv[1]))
            c.send_bytes(b'open')
            say(c.recv_bytes().decode())
            """, PlaceOf(open), PlaceOf(tcp), PlaceOf(unix), "abstract:" + name));

        foreach (ConnectionListener listener in (ConnectionListener[])[tcp, unix, @abstract])
        {
            if (await child.ReadLineAsync() == "skipped")
            {
                continue;
            }

            using (Connection connection = await listener.AcceptAsync(Watchdog.Limit))
            {
                foreach (int length in s_lengths)
                {
                    byte[] message = await connection.ReceiveBytesAsync(timeout: Watchdog.Limit);
                    Assert.Equal(length, message.Length);
                    Assert.All(message.Take(20_000), static b => Assert.Equal((byte)'z', b));
                    await connection.SendBytesAsync((byte[])[.. message, (byte)'!'], Watchdog.Limit);
                }

                await Assert.ThrowsAsync<EndOfStreamException>(() => connection.ReceiveBytesAsync(timeout: Watchdog.Limit).AsTask());
            }

            Assert.Equal("echoed", await child.ReadLineAsync());
            await Assert.ThrowsAsync<ConnectionAuthenticationException>(() => listener.AcceptAsync(Watchdog.Limit).AsTask());
            Assert.Equal("wrong key refused", await child.ReadLineAsync());
            await Assert.ThrowsAsync<ConnectionAuthenticationException>(() => listener.AcceptAsync(Watchdog.Limit).AsTask());
            Assert.Equal("59 #CHALLENGE# #FAILURE#", await child.ReadLineAsync());
            Assert.Equal("end", await child.ReadLineAsync());
        }

        using (Connection unasked = await open.AcceptAsync(Watchdog.Limit))
        {
            await unasked.SendBytesAsync("hello"u8.ToArray());
            Assert.Equal("unasked key refused", await child.ReadLineAsync());
            await Assert.ThrowsAnyAsync<IOException>(() => unasked.ReceiveBytesAsync(timeout: Watchdog.Limit).AsTask());
        }

        using Connection keyless = await open.AcceptAsync(Watchdog.Limit);
        await keyless.SendBytesAsync(await keyless.ReceiveBytesAsync(timeout: Watchdog.Limit));
        Assert.Equal("open", await child.ReadLineAsync());
        Assert.Equal(0, (await child.Process.Exit.Watched()).ExitCode);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(All))]
    public async Task Our_client_talks_with_a_listener_of_Python(string? python)
    {
        using TemporaryFolder folder = new();
        string name = $"cohort-{Guid.NewGuid():N}";
        await using ChildOutput child = ChildOutput.Start(Pythons.Request(python, Prelude + """
            for text in sys.argv[1:]:
                address = place(text)
                if address is None:
                    say('skipped')
                    continue
                l = Listener(address, authkey=KEY)
                say(l.address[1] if text.startswith('tcp') else 'listening')
                c = l.accept()
                try:
                    while True:
                        c.send_bytes(c.recv_bytes() + b'!')
                except EOFError:
                    c.close()
                    say('end')
                for i in range(2):
                    try:
                        l.accept()
                    except AuthenticationError:
                        say('refused')
                l.close()
            l = Listener(('127.0.0.1', 0))
            say(l.address[1])
            try:
                l.accept().recv_bytes()
            except (EOFError, IOError):
                say('end')
            c = l.accept()
            c.send_bytes(c.recv_bytes())
            """, "tcp:0", "unix:" + folder.PathOf("socket"), "abstract:" + name));

        EndPoint[] places =
        [
            await AddressFromAsync(child), new UnixDomainSocketEndPoint(folder.PathOf("socket")), new UnixDomainSocketEndPoint('\0' + name),
        ];
        for (int i = 0; i < places.Length; i++)
        {
            if (i > 0 && await child.ReadLineAsync() == "skipped")
            {
                continue;
            }

            await TalkAsync(places[i], child, isAsync: i == 1);
        }

        EndPoint open = await AddressFromAsync(child);
        ConnectionClientOptions unasked = new() { AuthenticationKey = s_key, HandshakeTimeout = TimeSpan.FromMilliseconds(300) };
        await Assert.ThrowsAsync<ConnectionAuthenticationException>(() => ConnectionClient.ConnectAsync(open, unasked).AsTask().Watched());
        Assert.Equal("end", await child.ReadLineAsync());
        using Connection keyless = await ConnectionClient.ConnectAsync(open);
        await keyless.SendBytesAsync("open"u8.ToArray());
        Assert.Equal("open"u8.ToArray(), await keyless.ReceiveBytesAsync(timeout: Watchdog.Limit));
        Assert.Equal(0, (await child.Process.Exit.Watched()).ExitCode);
    }

    private static async Task TalkAsync(EndPoint place, ChildOutput child, bool isAsync)
    {
        ConnectionClientOptions right = new() { AuthenticationKey = s_key };
        using (Connection connection = isAsync
            ? await ConnectionClient.ConnectAsync(place, right).AsTask().Watched()
            : await Watchdog.Run(() => ConnectionClient.Connect(place, right)))
        {
            foreach (int length in s_lengths)
            {
                byte[] message = [.. Enumerable.Repeat((byte)'z', length)];
                Task sending = Watchdog.Run(() => connection.SendBytes(message));
                byte[] answer = await Watchdog.Run(() => connection.ReceiveBytes());
                await sending;
                Assert.Equal(length + 1, answer.Length);
                Assert.True(answer.AsSpan(0, length).SequenceEqual(message) && answer[length] == '!');
            }
        }

        Assert.Equal("end", await child.ReadLineAsync());
        ConnectionClientOptions wrong = new() { AuthenticationKey = "wrong"u8.ToArray() };
        await Assert.ThrowsAsync<ConnectionAuthenticationException>(() => ConnectionClient.ConnectAsync(place, wrong).AsTask().Watched());
        Assert.Equal("refused", await child.ReadLineAsync());
        using Connection keyless = await ConnectionClient.ConnectAsync(place);
        await keyless.SendBytesAsync("no key"u8.ToArray());
        Assert.StartsWith("#CHALLENGE#", System.Text.Encoding.Latin1.GetString(await keyless.ReceiveBytesAsync(timeout: Watchdog.Limit)), StringComparison.Ordinal);
        Assert.Equal("#FAILURE#"u8.ToArray(), await keyless.ReceiveBytesAsync(timeout: Watchdog.Limit));
        Assert.Equal("refused", await child.ReadLineAsync());
    }

    private static ConnectionListener Listen(EndPoint address, byte[]? key) =>
        new(address, new ConnectionListenerOptions { AuthenticationKey = key });

    private static string PlaceOf(ConnectionListener listener) =>
        listener.Address is IPEndPoint tcp ? string.Create(CultureInfo.InvariantCulture, $"tcp:{tcp.Port}") : $"unix:{listener.Address}";

    private static async Task<IPEndPoint> AddressFromAsync(ChildOutput child) =>
        new(IPAddress.Loopback, int.Parse(await child.ReadLineAsync(), CultureInfo.InvariantCulture));
}
