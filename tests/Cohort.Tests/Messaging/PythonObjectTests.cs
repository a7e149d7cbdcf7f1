using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>Objects to and from every Python of this machine in both roles, and handshakes that go wrong on its side.</summary>
public sealed class PythonObjectTests
{
    private const int Limit = 240_000;

    /// <summary>What all scripts start with. It runs in Python 2.7 as well.</summary>
    private const string Prelude = """
        import sys
        from multiprocessing.connection import Client, Listener

        KEY = b'secret'

        def say(*words):
            sys.stdout.write(' '.join(str(w) for w in words) + '\n')
            sys.stdout.flush()

        def talk(c):
            values = [None, True, -3, 1 << 80, 2.5, u'text \u20ac', [1, [u'x']], (), (1, u'a'), {u'k': [1], 2: None}, set([1, 2])]
            for v in values:
                c.send(v)
                got = c.recv()
                assert got == v and type(got) in (type(v), list), (got, v)
            typed = (7, u'pi', [1.5, 2.5], {u'a': 1}, bytearray(b'raw'))
            c.send(typed)
            got = c.recv()
            assert got[:4] == typed[:4] and bytes(got[4]) == b'raw', got
            say('all equal')

        """;

    private static readonly byte[] s_key = "secret"u8.ToArray();

    public static TheoryData<string?> All => Pythons.All;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(All))]
    public async Task A_client_of_Python_and_our_listener_exchange_objects(string? python)
    {
        using ConnectionListener listener = new(
            new IPEndPoint(IPAddress.Loopback, 0), new ConnectionListenerOptions { AuthenticationKey = s_key, Format = ConnectionFormat.Python });
        await using ChildOutput child = ChildOutput.Start(Pythons.Request(
            python, Prelude + "talk(Client(('127.0.0.1', int(sys.argv[1])), authkey=KEY))", PortOf(listener.Address)));
        using Connection connection = await listener.AcceptAsync(Watchdog.Limit);
        await AnswerAsync(connection, child);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(All))]
    public async Task Our_client_and_a_listener_of_Python_exchange_objects(string? python)
    {
        await using ChildOutput child = ChildOutput.Start(Pythons.Request(python, Prelude + """
            l = Listener(('127.0.0.1', 0), authkey=KEY)
            say(l.address[1])
            talk(l.accept())
            """));
        EndPoint address = await AddressFromAsync(child);
        ConnectionClientOptions options = new() { AuthenticationKey = s_key, Format = ConnectionFormat.Python };
        using Connection connection = await ConnectionClient.ConnectAsync(address, options).AsTask().Watched();
        await AnswerAsync(connection, child);
    }

    /// <summary>A listener of Python's that is sent what is no handshake refuses it in its own way, and then takes a client of ours.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(All))]
    public async Task A_listener_of_Python_refuses_garbage_and_goes_on(string? python)
    {
        byte[][] garbage =
        [
            [], [0, 0], [0, 0, 0, 9, 1], RawLink.Frame([]), RawLink.Frame(new byte[300]), RawLink.Frame("#WELCOME#"u8), [0x7F, 0xFF, 0xFF, 0xFF],
            [0xFF, 0xFF, 0xFF, 0xF0, 1, 2, 3],
        ];
        await using ChildOutput child = ChildOutput.Start(Pythons.Request(python, Prelude + """
            l = Listener(('127.0.0.1', 0), authkey=KEY)
            say(l.address[1])
            for i in range(int(sys.argv[1])):
                try:
                    l.accept()
                except Exception:
                    say('refused')
            talk(l.accept())
            """, garbage.Length.ToString(CultureInfo.InvariantCulture)));
        EndPoint address = await AddressFromAsync(child);
        foreach (byte[] bytes in garbage)
        {
            using Socket raw = RawLink.ConnectTo(address);
            raw.ReceiveFrame();
            raw.Send(bytes);
            raw.Shutdown(SocketShutdown.Send);
            Assert.Equal("refused", await child.ReadLineAsync());
        }

        ConnectionClientOptions options = new() { AuthenticationKey = s_key, Format = ConnectionFormat.Python };
        using Connection connection = await ConnectionClient.ConnectAsync(address, options).AsTask().Watched();
        await AnswerAsync(connection, child);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(All))]
    public async Task A_client_of_Python_refuses_garbage(string? python)
    {
        byte[][] garbage = [[], [0, 0], [0, 0, 0, 9, 1], RawLink.Frame([]), RawLink.Frame("hello"u8), RawLink.Frame(new byte[300]), [0xFF, 0xFF, 0xFF, 0xF0, 1]];
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        await using ChildOutput child = ChildOutput.Start(Pythons.Request(python, Prelude + """
            for i in range(int(sys.argv[2])):
                try:
                    Client(('127.0.0.1', int(sys.argv[1])), authkey=KEY)
                except Exception:
                    say('refused')
            """, PortOf(listening.LocalEndPoint!), garbage.Length.ToString(CultureInfo.InvariantCulture)));
        foreach (byte[] bytes in garbage)
        {
            using Socket raw = await listening.AcceptAsync().Watched();
            raw.Send(bytes);
            raw.Shutdown(SocketShutdown.Send);
            Assert.Equal("refused", await child.ReadLineAsync());
        }

        Assert.Equal(0, (await child.Process.Exit.Watched()).ExitCode);
    }

    private static async Task AnswerAsync(Connection connection, ChildOutput child)
    {
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < 11; i++)
            {
                connection.Send(connection.Receive<object?>());
            }

            (int, string, List<double>, Dictionary<string, int>, byte[]) typed = connection.Receive<(int, string, List<double>, Dictionary<string, int>, byte[])>();
            Assert.Equal((7, "pi"), (typed.Item1, typed.Item2));
            Assert.Equal([1.5, 2.5], typed.Item3);
            Assert.Equal(1, typed.Item4["a"]);
            Assert.Equal("raw"u8.ToArray(), typed.Item5);
            connection.Send(typed);
        });
        Assert.Equal("all equal", await child.ReadLineAsync());
        Assert.Equal(0, (await child.Process.Exit.Watched()).ExitCode);
    }

    private static string PortOf(EndPoint address) => ((IPEndPoint)address).Port.ToString(CultureInfo.InvariantCulture);

    private static async Task<IPEndPoint> AddressFromAsync(ChildOutput child) =>
        new(IPAddress.Loopback, int.Parse(await child.ReadLineAsync(), CultureInfo.InvariantCulture));
}
