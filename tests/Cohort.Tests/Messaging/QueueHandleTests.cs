using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Sharing;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Messaging;

/// <summary>Connections, sockets, handles and queues go through queues.</summary>
public sealed class QueueHandleTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly TemporaryFolder _folder = new();
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose()
    {
        _folder.Dispose();
        Assert.Equal(0, HandleSharer.Count);
        Leaks.AssertNone(_before);
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_ThroughAQueue_WorksInAnotherProcess()
    {
        using InterprocessQueue<Connection> queue = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static queue =>
            {
                foreach (Connection connection in queue.GetAll())
                {
                    connection.Send(connection.Receive<int>() + 1);
                    connection.Dispose();
                }
            },
            queue);
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                (Connection here, Connection there) = ConnectionPair.Create();
                using (here)
                {
                    queue.Put(there);
                    there.Dispose();
                    here.Send(i);
                    Assert.Equal(i + 1, here.Receive<int>());
                    Assert.Throws<EndOfStreamException>(() => here.Receive<int>());
                }
            }
        });
        queue.CompleteAdding();
        await worker.JoinAsync().Watched();
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact(Timeout = Limit)]
    public async Task SocketAndFile_InAnItemOfAnyType_ArriveAsTheSame()
    {
        using InterprocessQueue<object> queue = new();
        using InterprocessQueue<string> answers = new();
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        using WorkerProcess worker = WorkerProcess.Start(
            static (queue, answers) =>
            {
                object[] item = (object[])queue.Get();
                using Socket socket = (Socket)item[0];
                using SafeFileHandle file = (SafeFileHandle)item[1];
                RandomAccess.Write(file, "from there"u8, 0);
                answers.Put(socket.LocalEndPoint!.ToString()!);
            },
            queue,
            answers);
        using (SafeFileHandle file = File.OpenHandle(_folder.PathOf("file"), FileMode.CreateNew, FileAccess.ReadWrite))
        {
            queue.Put((object[])[listener, file]);
        }

        Assert.Equal(listener.LocalEndPoint!.ToString(), await Watchdog.Run(() => answers.Get()));
        await worker.JoinAsync().Watched();
        Assert.Equal("from there", await File.ReadAllTextAsync(_folder.PathOf("file"), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = Limit)]
    public async Task QueuesAndConnections_ThroughEachOther_AllWork()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = WorkerProcess.Start(
                static carrier =>
                {
                    using InterprocessQueue<Connection> queue = carrier.Receive<InterprocessQueue<Connection>>();
                    using Connection inner = queue.Get();
                    using Connection innermost = inner.Receive<Connection>();
                    innermost.Send("through all");
                    Assert.Equal("taken", carrier.Receive<string>());
                },
                there);
            there.Dispose();
            using InterprocessQueue<Connection> queue = new();
            using ConnectionPair inner = ConnectionPair.Create();
            using ConnectionPair innermost = ConnectionPair.Create();
            await Watchdog.Run(() =>
            {
                here.Send(queue);
                queue.Put(inner.Second);
                inner.First.Send(innermost.Second);
                Assert.Equal("through all", innermost.First.Receive<string>());
                here.Send("taken");
            });
            await worker.JoinAsync().Watched();
            Assert.Equal(0, worker.ExitCode);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Put_GivenUp_KeepsNothingOpen()
    {
        using InterprocessQueue<object?> queue = new(1, new QueueOptions { MemoryLimit = QueueOptions.MinMemoryLimit });
        using ConnectionPair pair = ConnectionPair.Create();
        using CancellationTokenSource source = new();
        Assert.Throws<ArgumentException>(() => queue.Put((object[])[pair.Second, new byte[QueueOptions.MinMemoryLimit]]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await queue.PutAsync((object[])[pair.Second, new byte[QueueOptions.MinMemoryLimit]]));
        queue.Put("fills it");
        Assert.False(queue.TryPut(pair.Second));
        Assert.False(await queue.TryPutAsync(pair.Second));
        Assert.Throws<QueueFullException>(() => queue.Put(pair.Second, TimeSpan.FromMilliseconds(10)));
        Task[] puts = [Watchdog.Run(() => queue.Put(pair.Second, null, source.Token)), queue.PutAsync(pair.Second, null, source.Token).AsTask()];
        await Eventually.TrueAsync(static () => HandleSharer.Count == 2);
        source.Cancel();
        foreach (Task put in puts)
        {
            Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(put));
        }

        Assert.ThrowsAny<OperationCanceledException>(() => queue.Put(pair.Second, null, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await queue.PutAsync(pair.Second, null, source.Token));
        Assert.Equal("fills it", queue.Get());
        queue.CompleteAdding();
        Assert.Throws<InvalidOperationException>(() => queue.Put(pair.Second));
        Assert.Equal(0, HandleSharer.Count);
        pair.Second.Dispose();
        Assert.True(pair.First.Poll());
    }

    [Fact(Timeout = Limit)]
    public async Task Get_ProducerHasEnded_SaysWhatIsLostAndGivesTheNextItem()
    {
        using InterprocessQueue<object> queue = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static queue =>
            {
                using ConnectionPair pair = ConnectionPair.Create();
                queue.Put(pair.First);
                queue.Put("next");
            },
            queue);
        await worker.JoinAsync().Watched();
        SharedObjectLostException fault = Assert.Throws<SharedObjectLostException>(() => queue.Get(TimeSpan.Zero));
        Assert.Contains($"process {worker.ProcessId}, which has ended", fault.Message, StringComparison.Ordinal);
        Assert.Equal("next", queue.Get(TimeSpan.Zero));
    }

    [Fact(Timeout = Limit)]
    public async Task Queue_DroppedWithItsItems_KeepsNothingOpen()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        InterprocessQueue<Connection> queue = new();
        SimpleInterprocessQueue<object> simple = new();
        using InterprocessQueue<Connection> other = new();
        other.Put(pair.First);
        queue.Put(pair.Second);
        await queue.PutAsync(pair.Second);
        simple.Put(pair.Second);
        Assert.Equal(4, HandleSharer.Count);
        pair.Second.Dispose();
        Assert.False(pair.First.Poll());
        queue.Dispose();
        simple.Dispose();
        Assert.Equal(1, HandleSharer.Count);
        Assert.True(await Watchdog.Run(() => pair.First.Poll(Timeout.InfiniteTimeSpan)));
        other.Get().Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task Queue_ProducerLetsGoFirst_ItemIsThereForTheOthers()
    {
        using ConnectionPair carrier = ConnectionPair.Create();
        using ConnectionPair pair = ConnectionPair.Create();
        InterprocessQueue<Connection> queue = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static (carrier, queue) =>
            {
                using (queue)
                {
                    carrier.Send("has it");
                    carrier.Receive<string>();
                    using Connection connection = queue.Get();
                    connection.Send("late");
                }
            },
            carrier.Second,
            queue);
        await Watchdog.Run(() =>
        {
            Assert.Equal("has it", carrier.First.Receive<string>());
            queue.Put(pair.Second);
            queue.Dispose();
            Assert.Equal(1, HandleSharer.Count);
            carrier.First.Send("go");
            Assert.Equal("late", pair.First.Receive<string>());
        });
        await worker.JoinAsync().Watched();
    }
}
