using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Messaging;

/// <summary>Waiting for any of several things.</summary>
public sealed class ConnectionWaitTests : IDisposable
{
    private const int Limit = 120_000;
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(30);

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = Limit)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task WaitAny_FourWorkersThatSend_CollectsAllUntilTheyEnd(bool slow, bool isAsync)
    {
        List<Connection> readers = [];
        List<WorkerProcess> workers = [];
        for (int i = 0; i < 4; i++)
        {
            (Connection reader, Connection writer) = ConnectionPair.Create(duplex: false);
            readers.Add(reader);
            workers.Add(WorkerProcess.Start(SendTen, writer, slow));
            writer.Dispose();
        }

        int[] ids = [.. workers.Select(static worker => worker.ProcessId!.Value)];
        List<(int Number, int Id)> messages = [];
        while (readers.Count > 0)
        {
            IReadOnlyList<Connection> ready = isAsync
                ? await Connection.WaitAnyAsync(readers).AsTask().Watched()
                : await Watchdog.Run(() => Connection.WaitAny(readers));
            Assert.NotEmpty(ready);
            foreach (Connection connection in ready)
            {
                try
                {
                    messages.Add(connection.Receive<(int, int)>(TimeSpan.Zero));
                }
                catch (EndOfStreamException)
                {
                    readers.Remove(connection);
                    connection.Dispose();
                }
            }
        }

        foreach (WorkerProcess worker in workers)
        {
            await worker.JoinAsync().Watched();
            Assert.Equal(0, worker.ExitCode);
            worker.Dispose();
        }

        Assert.Equal(ids.SelectMany(static id => Enumerable.Range(0, 10).Select(i => (i, id))).Order(), messages.Order());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitAny_SocketsOfFourWorkers_CollectsAllUntilTheyEnd(bool slow)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        Assert.Empty(Connection.WaitAny([listener], TimeSpan.Zero));
        WorkerProcess[] workers = [.. Enumerable.Range(0, 4).Select(_ => WorkerProcess.Start(SendOverSocket, port, slow))];
        List<Socket> sockets = [];
        while (sockets.Count < 4)
        {
            Assert.Equal([listener], await Watchdog.Run(() => Connection.WaitAny([listener])));
            sockets.Add(listener.Accept());
        }

        int sum = 0;
        byte[] buffer = new byte[100];
        while (sockets.Count > 0)
        {
            foreach (Socket socket in await Watchdog.Run(() => Connection.WaitAny(sockets)))
            {
                int length = socket.Receive(buffer);
                sum += buffer.AsSpan(0, length).ToArray().Sum(static b => b);
                if (length == 0)
                {
                    sockets.Remove(socket);
                    socket.Dispose();
                }
            }
        }

        foreach (WorkerProcess worker in workers)
        {
            await worker.JoinAsync().Watched();
            worker.Dispose();
        }

        Assert.Equal(4 * 55, sum);
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAnyAsync_LongestTimeout_IsOne()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        Task<IReadOnlyList<Connection>> wait = Connection.WaitAnyAsync([pair.First], TimeSpan.MaxValue).AsTask();
        await pair.Second.SendAsync(1);

        Assert.Equal([pair.First], await wait.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAny_NothingInTime_GivesNone()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        Connection[] both = [pair.First, pair.Second];
        Assert.Empty(await Watchdog.Run(() => Connection.WaitAny(both, s_short)));
        Assert.Empty(await Connection.WaitAnyAsync(both, s_short).AsTask().Watched());
        Assert.Empty(Connection.WaitAny(both, TimeSpan.Zero));
        Assert.Empty(Connection.WaitAny(both, TimeSpan.FromSeconds(-7)));
        Assert.Empty(await Connection.WaitAnyAsync(both, TimeSpan.FromSeconds(-7)));
        pair.First.Send(1);
        Assert.Equal([pair.Second], await Watchdog.Run(() => Connection.WaitAny(both, TimeSpan.FromSeconds(50))));
        Assert.Equal([pair.Second], await Connection.WaitAnyAsync(both));
        Assert.Equal([pair.Second, pair.Second], Connection.WaitAny([pair.Second, pair.First, pair.Second]));
        Assert.Empty(Connection.WaitAny(Array.Empty<Connection>()));
        Assert.Empty(await Connection.WaitAnyAsync(Array.Empty<Connection>()));
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitAny_ConnectionsSentinelsSocketsAndHandles_GivesEachWhenItIsReady(bool isAsync)
    {
        using ConnectionPair pair = ConnectionPair.Create();
        using ConnectionPair control = ConnectionPair.Create();
        using WorkerProcess worker = WorkerProcess.Start(static c => { c.Receive<int>(); }, control.Second);
        using EventDescriptor descriptor = new();
        (Socket socket, Socket other) = ConnectSockets();
        using (socket)
        using (other)
        {
            object[] things = [pair.First, worker.Sentinel, descriptor.Handle, socket];
            Assert.Empty(Connection.WaitAny(things, TimeSpan.Zero));
            await IsWokenBy(() => pair.Second.Send(1), pair.First);
            pair.First.Receive<int>();
            await IsWokenBy(descriptor.Set, descriptor.Handle);
            descriptor.Reset();
            await IsWokenBy(() => other.Send([1]), socket);
            socket.Receive(new byte[1]);
            await IsWokenBy(() => control.First.Send(0), worker.Sentinel);
            pair.Second.Close();
            Assert.Equal([pair.First, worker.Sentinel], Connection.WaitAny(things));

            async Task IsWokenBy(Action act, object ready)
            {
                Task<IReadOnlyList<object>> wait = isAsync
                    ? Connection.WaitAnyAsync(things).AsTask()
                    : Watchdog.Run(() => Connection.WaitAny(things));
                Assert.NotSame(wait, await Task.WhenAny(wait, Task.Delay(s_short)));
                act();
                Assert.Equal([ready], await wait.Watched());
            }
        }

        await worker.JoinAsync().Watched();
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitAny_ThreeHundredConnections_SeesEveryOfThem(bool isAsync)
    {
        ConnectionPair[] pairs = [.. Enumerable.Range(0, 300).Select(static _ => ConnectionPair.Create(options: new() { Capacity = 16 * 1024 }))];
        Connection[] receivers = [.. pairs.Select(static pair => pair.First)];
        foreach (int i in (int[])[0, 125, 126, 127, 128, 200, 255, 256, 299])
        {
            Task<IReadOnlyList<Connection>> wait = isAsync
                ? Connection.WaitAnyAsync(receivers).AsTask()
                : Watchdog.Run(() => Connection.WaitAny(receivers));
            pairs[i].Second.Send(i);
            Assert.Equal([receivers[i]], await wait.Watched());
            Assert.Equal(i, receivers[i].Receive<int>());
        }

        Array.ForEach(pairs, static pair => pair.Second.Send(0));
        Assert.Equal(receivers, Connection.WaitAny(receivers));
        Array.ForEach(pairs, static pair => pair.Dispose());
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAny_Cancelled_Ends()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        using CancellationTokenSource cancel = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Connection.WaitAny([pair.First], cancellationToken: new(true)));
        Task blocked = Watchdog.Run(() => Connection.WaitAny([pair.First], cancellationToken: cancel.Token));
        Task waiting = Connection.WaitAnyAsync([pair.First], cancellationToken: cancel.Token).AsTask();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => blocked);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Watched());
    }

    [Fact]
    public void WaitAny_WhatCannotBeWaitedFor_Refuses()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        using AutoResetEvent auto = new(true);
        using SafeFileHandle wild = new(9999, ownsHandle: false);
        using SafeFileHandle negative = new(-1, ownsHandle: false);
        Assert.Throws<ArgumentNullException>(() => Connection.WaitAny<object>(null!));
        Assert.Throws<ArgumentNullException>(() => Connection.WaitAny<object>([pair.First, null!]));
        Assert.Contains("String", Assert.Throws<ArgumentException>(() => Connection.WaitAny<object>([pair.First, "text"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Connection.WaitAny<object>([auto]));
        Assert.Contains("EBADF", Assert.Throws<IOException>(() => Connection.WaitAny([wild])).Message, StringComparison.Ordinal);
        Assert.Contains("EBADF", Assert.Throws<IOException>(() => Connection.WaitAny([negative])).Message, StringComparison.Ordinal);
        Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Connection.WaitAny([closed]));
    }

    [Fact(Timeout = Limit)]
    public async Task WaitAny_SameSocketByManyAtOnce_WakesAll()
    {
        (Socket socket, Socket other) = ConnectSockets();
        using (socket)
        using (other)
        {
            Task<IReadOnlyList<Socket>>[] waits =
            [
                .. Enumerable.Range(0, 3).Select(_ => Watchdog.Run(() => Connection.WaitAny([socket, socket]))),
                Connection.WaitAnyAsync([socket, socket]).AsTask(),
            ];
            other.Send([1]);
            foreach (Task<IReadOnlyList<Socket>> wait in waits)
            {
                Assert.Equal([socket, socket], await wait.Watched());
            }
        }
    }

    /// <summary>One wake-up is for all who sleep at an end, and whoever did not get the message sleeps on.</summary>
    [Fact(Timeout = Limit)]
    public async Task WaitAnyPollAndReceive_AtOnceOnOneEnd_NobodyMissesAMessage()
    {
        const int Messages = 300;
        using ConnectionPair pair = ConnectionPair.Create(options: new() { SpinTime = TimeSpan.Zero });
        (Connection sender, Connection end) = pair;
        using CancellationTokenSource over = new();
        Task[] lookers =
        [
            Watchdog.Run(() => LookOn(() => Connection.WaitAny([end], cancellationToken: over.Token).Count > 0)),
            Watchdog.Run(() => LookOn(() => end.Poll(Timeout.InfiniteTimeSpan, over.Token))),
            Task.Run(async () =>
            {
                while (!over.IsCancellationRequested && await end.PollAsync(Timeout.InfiniteTimeSpan, over.Token))
                {
                    await Task.Yield();
                }
            }),
        ];
        Task echo = Watchdog.Run(() =>
        {
            for (int i = 0; i < Messages; i++)
            {
                Assert.Equal(i, end.Receive<int>());
                end.Send(i);
            }
        });
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < Messages; i++)
            {
                sender.Send(i);
                Assert.Equal(i, sender.Receive<int>());
            }
        });
        await echo;
        over.Cancel();
        foreach (Task looker in lookers)
        {
            await Record.ExceptionAsync(() => looker.Watched());
            Assert.True(looker.IsCanceled || looker.Exception?.InnerException is null or OperationCanceledException, looker.Exception?.ToString());
        }

        void LookOn(Func<bool> look)
        {
            while (!over.IsCancellationRequested)
            {
                Assert.True(look());
            }
        }
    }

    private static (Socket, Socket) ConnectSockets()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        return (client, listener.Accept());
    }

    private static void SendTen(Connection writer, bool slow)
    {
        for (int i = 0; i < 10; i++)
        {
            Pause(slow);
            writer.Send((i, Environment.ProcessId));
        }
    }

    private static void SendOverSocket(int port, bool slow)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        for (byte i = 1; i <= 10; i++)
        {
            Pause(slow);
            socket.Send([i]);
        }
    }

    /// <summary>Part of the case: somebody who takes time between two messages.</summary>
    private static void Pause(bool slow)
    {
        if (slow)
        {
            Thread.Sleep(Random.Shared.Next(10));
        }
    }
}
