using System.Net;
using System.Net.Sockets;
using Cohort.Interop;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Tests.Serializing;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Messaging;

/// <summary>Connections, sockets and handles go to other processes.</summary>
public sealed partial class HandleTransferTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly TemporaryFolder _folder = new();
    private readonly Leaks _before = Leaks.Snapshot();

    private string PathOfFile => _folder.PathOf("file");

    public void Dispose()
    {
        _folder.Dispose();
        Assert.Equal(0, HandleSharer.Count);
        Leaks.AssertNone(_before);
    }

    /// <summary>Dispose looks that nothing is kept.</summary>
    [Fact(Timeout = Limit)]
    public async Task Handle_InAMessageThatNobodyReads_IsGivenUpWhenThePeerIsGone()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using SafeFileHandle file = File.OpenHandle(PathOfFile, FileMode.OpenOrCreate);
        using (here)
        {
            here.Send(file);
            Assert.Equal(1, HandleSharer.Count);
            there.Dispose();
            await Eventually.TrueAsync(() => HandleSharer.Count == 0);
        }

        using SocketPeers peers = await SocketPeers.OpenAsync(SocketFamily.UnixPath);
        peers.Client.Send(file);
        Assert.Equal(1, HandleSharer.Count);
        peers.Server.Dispose();
        await Assert.ThrowsAsync<EndOfStreamException>(() => peers.Client.ReceiveAsync<int>(Watchdog.Limit).AsTask());
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_SentOverAnother_WorksThere()
    {
        await WithWorkerAsync(ServeConnections, worker =>
        {
            (Connection here, Connection there) = ConnectionPair.Create();
            using (here)
            {
                worker.Send(there);
                there.Dispose();
                Assert.Equal("hello", here.Receive<string>());
                here.Send(5);
                Assert.Equal(10, here.Receive<int>());
                Assert.Throws<EndOfStreamException>(() => here.Receive<int>());
            }
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_OneWayEnd_KeepsItsDirection()
    {
        using ConnectionPair pair = ConnectionPair.Create(duplex: false);
        await WithWorkerAsync(DescribeConnection, worker =>
        {
            worker.Send(pair.Second);
            Assert.Equal((false, true), worker.Receive<(bool, bool)>());
            Assert.Equal("from there", pair.First.Receive<string>());
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_ThroughTwoProcesses_StillWorks()
    {
        await WithWorkerAsync(Forward, worker =>
        {
            using ConnectionPair pair = ConnectionPair.Create();
            worker.Send(pair.Second);
            using Connection back = worker.Receive<Connection>();
            back.Send("round");
            Assert.Equal("round", pair.First.Receive<string>());
            worker.Send("enough");
        });
    }

    /// <summary>Format, name, length limit and what is still in the socket go along; the end comes when the last has closed it.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(SocketFamily.IPv4, ConnectionFormat.Cohort)]
    [InlineData(SocketFamily.UnixPath, ConnectionFormat.Python)]
    public async Task Connection_OverASocket_IsTheSameEndThere(SocketFamily family, ConnectionFormat format)
    {
        await WithWorkerAsync(ServeOverSocket, worker =>
        {
            using ConnectionListener listener = new(family.NewAddress(_folder), family.ListenerOptions() with { Format = format, MaxMessageLength = 1000 });
            Task<Connection> accepting = listener.AcceptAsync().AsTask();
            using Connection client = ConnectionClient.Connect(listener.Address, family.ClientOptions() with { Format = format });
            Connection accepted = accepting.Result;
            client.Send("before");
            worker.Send(accepted);
            Assert.Equal(accepted.ToString(), worker.Receive<string>());
            Assert.Equal("before and back", client.Receive<string>());

            // The sender's stays open, and is one of two holders.
            accepted.Send("from here");
            Assert.Equal("from here", client.Receive<string>());
            accepted.Dispose();
            Assert.False(client.Poll());
            client.SendBytes(new byte[1001]);
            Assert.Contains("1000", worker.Receive<string>(), StringComparison.Ordinal);
            Assert.Throws<EndOfStreamException>(() => client.Receive<string>());
        });
    }

    [Fact]
    public void Connection_OverASocketThatIsBroken_SaysSoThereToo()
    {
        using ConnectionPair carrier = ConnectionPair.Create();
        using RawLink link = RawLink.Open();
        link.Raw.Send([0xFF, 0xFF, 0xFF, 0xF0]);
        Assert.Throws<IOException>(() => link.Connection.ReceiveBytes());
        carrier.First.Send(link.Connection);
        using Connection again = carrier.Second.Receive<Connection>();
        Assert.Contains("any more", Assert.Throws<IOException>(() => again.ReceiveBytes()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_InOneProcess_IsHeldTwice()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        using ConnectionPair carrier = ConnectionPair.Create();
        carrier.First.Send(pair.Second);
        pair.Second.Dispose();
        Assert.False(pair.First.Poll());
        Connection again = carrier.Second.Receive<Connection>();
        again.Send(1);
        Assert.Equal(1, pair.First.Receive<int>());
        again.Dispose();
        Assert.True(pair.First.Poll());
    }

    [Fact]
    public void Connection_Closed_CannotBeSent()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        using ConnectionPair carrier = ConnectionPair.Create();
        pair.Second.Dispose();
        Assert.Throws<PickleException>(() => carrier.First.Send(pair.Second));
    }

    [Fact]
    public void Connection_InAMessageThatCannotBeSent_IsNotKeptOpen()
    {
        ConnectionPair pair = ConnectionPair.Create();
        using ConnectionPair carrier = ConnectionPair.Create();
        Assert.Throws<PickleException>(() => carrier.First.Send<object[]>([pair.Second, Thread.CurrentThread]));
        Assert.Equal(0, HandleSharer.Count);
        while (carrier.First.TrySendBytes(new byte[1000]))
        {
        }

        Assert.False(carrier.First.TrySend<object[]>([pair.Second, new byte[1000]]));
        Assert.Equal(0, HandleSharer.Count);
        carrier.Second.Dispose();
        Assert.Throws<IOException>(() => carrier.First.Send(pair.Second));
        Assert.Equal(0, HandleSharer.Count);
        pair.Second.Dispose();
        Assert.True(pair.First.Poll());
        pair.Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_WithALargeNumber_ArrivesAsTheSameFile()
    {
        await WithWorkerAsync(WriteToFile, worker =>
        {
            using SafeFileHandle file = File.OpenHandle(PathOfFile, FileMode.CreateNew, FileAccess.ReadWrite);
            SafeFileHandle large = new(Libc.Fcntl(file, Libc.F_DUPFD_CLOEXEC, 300), ownsHandle: true);
            Assert.True(large.DangerousGetHandle() >= 300);
            worker.Send(large);
            large.Dispose();
            Assert.Equal("done", worker.Receive<string>());
            Assert.Equal("from there", File.ReadAllText(PathOfFile));
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Socket_SentToAWorker_IsTheSameSocketThere()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(2);
        await WithWorkerAsync(AcceptOne, worker =>
        {
            worker.Send(listener);
            Assert.Equal(listener.LocalEndPoint!.ToString(), worker.Receive<string>());
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            worker.Send(client);
            byte[] buffer = new byte[10];
            Assert.Equal(2, client.Receive(buffer));
            Assert.Equal([7, 8], buffer[..2]);
        });
    }

    [Fact]
    public void Handle_ClosedOrInvalid_CannotBeSent()
    {
        using ConnectionPair carrier = ConnectionPair.Create();
        using SafeFileHandle wild = new(9999, ownsHandle: false);
        SafeFileHandle closed = File.OpenHandle("/dev/null");
        closed.Dispose();
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Dispose();
        Assert.Contains("closed", RoundTrip.RefusalOf(closed), StringComparison.Ordinal);
        Assert.Contains("invalid", RoundTrip.RefusalOf(new SafeFileHandle()), StringComparison.Ordinal);
        Assert.Contains("EBADF", RoundTrip.RefusalOf(wild), StringComparison.Ordinal);
        Assert.Contains("closed", RoundTrip.RefusalOf(socket), StringComparison.Ordinal);
        using FileStream stream = File.OpenRead("/dev/null");
        Assert.Contains("send its SafeFileHandle", RoundTrip.RefusalOf(stream), StringComparison.Ordinal);
    }

    [Fact]
    public void Handle_ReadTwice_IsLostTheSecondTime()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        byte[] message = Pickle.Dumps(file);
        Pickle.Loads<SafeFileHandle>(message).Dispose();
        SharedObjectLostException fault = Assert.Throws<SharedObjectLostException>(() => Pickle.Loads<SafeFileHandle>(message));
        Assert.Contains("once only", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_SenderHasEnded_IsLost()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = WorkerProcess.Start(SendFileAndEnd, there);
            there.Dispose();
            await worker.JoinAsync().Watched();
            SharedObjectLostException fault = await Assert.ThrowsAsync<SharedObjectLostException>(() => Watchdog.Run(() => here.Receive<SafeFileHandle>()));
            Assert.Contains($"process {worker.ProcessId}, which has ended", fault.Message, StringComparison.Ordinal);
            Assert.Equal("next", here.Receive<string>());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_WorkerEndsBeforeItTakesIt_IsClosed()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = WorkerProcess.Start(DescribeConnection, there);
            worker.Kill();
            there.Dispose();
            await worker.JoinAsync().Watched();
            await Assert.ThrowsAnyAsync<IOException>(() => Watchdog.Run(() =>
            {
                while (true)
                {
                    here.Receive<object>();
                }
            }));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_ReceiverHasNoDescriptorLeft_SaysSoAndCanTakeItLater()
    {
        await WithWorkerAsync(ReceiveWithoutDescriptors, worker =>
        {
            using SafeFileHandle file = File.OpenHandle("/dev/null");
            byte[] message = Pickle.Dumps(file);
            worker.SendBytes(message);
            Assert.All(worker.Receive<string[]>(), static text =>
                Assert.True(text.Contains("EMFILE", StringComparison.Ordinal) || text.Contains("may still open", StringComparison.Ordinal), text));
            Assert.Equal("taken", worker.Receive<string>());
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_SenderHasNoDescriptorLeft_SaysSoAndServesWhatItSentBefore()
    {
        await WithWorkerAsync(SendWithoutDescriptors, worker =>
        {
            byte[] message = worker.ReceiveBytes();
            Assert.Contains("EMFILE", worker.Receive<string>(), StringComparison.Ordinal);
            Pickle.Loads<SafeFileHandle>(message).Dispose();
            worker.Send("enough");
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Sharer_IsAskedForNonsense_ServesTheNextOne()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        HandleTicket ticket = HandleSharer.Share([file]);
        string name = HandleSharer.NameOf(ticket.Address);
        await Watchdog.Run(() =>
        {
            using (ControlSocket.TryConnect(name))
            {
                // Comes and goes.
            }

            foreach (int length in (int[])[1, 16, 300])
            {
                using ControlSocket socket = ControlSocket.TryConnect(name)!;
                socket.Send(new byte[length]);
                byte[] answer = new byte[10];
                List<SafeFileHandle> handles = [];
                Assert.True(socket.Receive(answer, handles) is 0 || answer[0] == 0);
                Assert.Empty(handles);
            }

            // Takes it and does not say so: it is kept.
            using (ControlSocket socket = ControlSocket.TryConnect(name)!)
            {
                socket.Send(BitConverter.GetBytes(ticket.Token));
                List<SafeFileHandle> handles = [];
                Assert.Equal(1, socket.Receive(new byte[10], handles));
                Assert.Single(handles).Dispose();
            }
        });
        await Eventually.TrueAsync(() => TryTake(ticket));
        Assert.Null(ControlSocket.TryConnect("cohort-handles-nobody"));
    }

    private static bool TryTake(HandleTicket ticket)
    {
        try
        {
            HandleSharer.Take(ticket)[0].Dispose();
            return true;
        }
        catch (SharedObjectLostException)
        {
            // Still lent to the one who went away.
            return false;
        }
    }

    private static async Task WithWorkerAsync(Action<Connection> target, Action<Connection> talk)
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = WorkerProcess.Start(target, there);
            there.Dispose();
            await Watchdog.Run(() => talk(here));
            await worker.JoinAsync().Watched();
            Assert.Equal(0, worker.ExitCode);
        }
    }
}
