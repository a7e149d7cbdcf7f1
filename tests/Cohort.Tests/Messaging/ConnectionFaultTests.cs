using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Tests.Support;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>The other end is killed, at whatever this one is doing.</summary>
public sealed partial class ConnectionFaultTests : IDisposable
{
    private const int Limit = 120_000;
    private const int LongMessage = 4 << 20;

    private readonly Leaks _before = Leaks.Snapshot();

    public enum Doing
    {
        Receive,
        ReceiveAsync,
        Poll,
        PollAsync,
        WaitAny,
        WaitAnyAsync,
        Send,
        SendAsync,
        SendLong,
        SendLongAsync,
    }

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = Limit)]
    [InlineData(Doing.Receive)]
    [InlineData(Doing.ReceiveAsync)]
    [InlineData(Doing.Poll)]
    [InlineData(Doing.PollAsync)]
    [InlineData(Doing.WaitAny)]
    [InlineData(Doing.WaitAnyAsync)]
    [InlineData(Doing.Send)]
    [InlineData(Doing.SendAsync)]
    [InlineData(Doing.SendLong)]
    [InlineData(Doing.SendLongAsync)]
    public async Task Peer_IsKilled_TheWaitHereEnds(Doing doing)
    {
        (Connection here, WorkerProcess peer) = await StartAsync(SayHelloAndStay);
        using (here)
        using (peer)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"process {peer.ProcessId}");
            if (doing >= Doing.Send)
            {
                while (here.TrySendBytes(new byte[1000]))
                {
                }
            }

            Task<object> wait = Start(here, doing);
            Assert.NotSame(wait, await Task.WhenAny(wait, Task.Delay(50)));
            peer.Kill();
            if (doing is Doing.Poll or Doing.PollAsync)
            {
                Assert.Equal(true, await wait.Watched());
            }
            else if (doing is Doing.WaitAny or Doing.WaitAnyAsync)
            {
                Assert.Equal([here], (IReadOnlyList<Connection>)await wait.Watched());
            }
            else
            {
                Exception fault = await Watchdog.FaultOf(wait);
                Assert.True(doing < Doing.Send ? fault is EndOfStreamException : fault is IOException, fault.ToString());
                Assert.Contains(name, fault.Message, StringComparison.Ordinal);
            }

            await peer.JoinAsync().Watched();
            await Assert.ThrowsAsync<IOException>(() => Watchdog.Run(() => here.Send(1)));
            await Assert.ThrowsAsync<EndOfStreamException>(() => Watchdog.Run(() => here.Receive<int>()));
            Assert.True(here.Poll());
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peer_IsKilledInTheMiddleOfAMessage_TheReceiverSaysSo(bool isAsync)
    {
        (Connection here, WorkerProcess peer) = await StartAsync(SendHalf);
        using (here)
        using (peer)
        {
            Task<byte[]> wait = isAsync ? here.ReceiveBytesAsync().AsTask() : Watchdog.Run(() => here.ReceiveBytes());
            await Eventually.TrueAsync(() => ReceivingOf(here) == 1);
            Assert.False(wait.IsCompleted);
            peer.Kill();
            Exception fault = await Watchdog.FaultOf(wait);
            Assert.Contains("in the middle of a message", Assert.IsType<IOException>(fault).Message, StringComparison.Ordinal);
            Exception again = await Watchdog.FaultOf(Watchdog.Run(() => here.ReceiveBytes()));
            Assert.IsType<IOException>(again);
            await peer.JoinAsync().Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Peer_IsKilledAfterSending_WhatItSentIsReceivedFirst()
    {
        using RawSharedValue<int> sent = new();
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        using (there)
        {
            using WorkerProcess peer = WorkerProcess.Start(SendThreeAndStay, there, sent);
            there.Dispose();
            await Eventually.TrueAsync(() => sent.Value == 3);
            peer.Kill();
            await peer.JoinAsync().Watched();
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(i, await Watchdog.Run(() => here.Receive<int>()));
            }

            await Assert.ThrowsAsync<EndOfStreamException>(() => Watchdog.Run(() => here.Receive<int>()));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Peer_IsKilledWhileItSendsLongMessages_NoneArrivesTorn()
    {
        for (int round = 0; round < 5; round++)
        {
            (Connection here, WorkerProcess peer) = await StartAsync(SendLongForEver);
            using (here)
            using (peer)
            {
                Assert.Equal(LongMessage, (await Watchdog.Run(() => here.ReceiveBytes())).Length);
                Task all = Watchdog.Run(() =>
                {
                    while (here.ReceiveBytes() is { } message)
                    {
                        Assert.True(message.Length == LongMessage && message.AsSpan().IndexOfAnyExcept(message[0]) < 0, "torn");
                    }
                });
                peer.Kill();
                Assert.IsAssignableFrom<IOException>(await Watchdog.FaultOf(all));
                await peer.JoinAsync().Watched();
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task OneOfTwoProcessesAtAnEnd_IsKilled_TheOtherGoesOn()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        using (there)
        {
            using WorkerProcess first = WorkerProcess.Start(EchoProcessId, there);
            using WorkerProcess second = WorkerProcess.Start(EchoProcessId, there);
            there.Dispose();
            HashSet<int> answered = [];
            await Watchdog.Run(() =>
            {
                while (answered.Count < 2)
                {
                    here.Send(0);
                    answered.Add(here.Receive<int>());
                }
            });
            first.Kill();
            await first.JoinAsync().Watched();
            await Watchdog.Run(() =>
            {
                for (int i = 0; i < 20; i++)
                {
                    here.Send(0);
                    Assert.Equal(second.ProcessId, here.Receive<int>());
                }
            });
            second.Kill();
            await Assert.ThrowsAsync<EndOfStreamException>(() => Watchdog.Run(() => here.Receive<int>()));
            await second.JoinAsync().Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task OneOfTwoProcessesAtAnEnd_IsKilledInTheMiddleOfSending_TheDirectionIsClosed()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        using (there)
        {
            using RawSharedValue<int> stalled = new();
            using WorkerProcess sender = WorkerProcess.Start(Stall, there, stalled);
            Task<byte[]> received = Watchdog.Run(() => here.ReceiveBytes());
            await Eventually.TrueAsync(() => stalled.Value == 1);
            Assert.False(there.TrySend(1));
            sender.Kill();
            await sender.JoinAsync().Watched();
            Assert.IsType<IOException>(await Watchdog.FaultOf(received));
            IOException fault = await Assert.ThrowsAsync<IOException>(() => Watchdog.Run(() => there.Send(1)));
            Assert.Contains("in the middle", fault.Message, StringComparison.Ordinal);

            // The other way is as good as before.
            here.Send(7);
            Assert.Equal(7, there.Receive<int>());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task OneOfTwoProcessesAtAnEnd_IsKilledInTheMiddleOfReceiving_TheDirectionIsClosed()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        using (there)
        {
            using WorkerProcess receiver = WorkerProcess.Start(static c => { c.ReceiveBytes(); }, there);
            using WorkerProcess sender = WorkerProcess.Start(SendHalf, here);
            await Eventually.TrueAsync(() => ReceivingOf(there) == 1);
            receiver.Kill();
            await receiver.JoinAsync().Watched();
            IOException fault = await Assert.ThrowsAsync<IOException>(() => Watchdog.Run(() => there.ReceiveBytes()));
            Assert.Contains("only in part", fault.Message, StringComparison.Ordinal);
            sender.Kill();
            await sender.JoinAsync().Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Create_NoDescriptorsLeft_SaysSoAndLeavesNothing()
    {
        (Connection here, WorkerProcess peer) = await StartAsync(ExhaustDescriptors);
        using (here)
        using (peer)
        {
            for (int left = 0; left < 4; left++)
            {
                string text = await Watchdog.Run(() => here.Receive<string>());
                Assert.Contains("EMFILE", text, StringComparison.Ordinal);
                Assert.EndsWith("0 left behind", text, StringComparison.Ordinal);
            }

            await peer.JoinAsync().Watched();
            Assert.Equal(0, peer.ExitCode);
        }
    }

    private static int ReceivingOf(Connection connection) => ((RingTransport)connection.Transport).ReceivingMark;

    private static async Task<(Connection, WorkerProcess)> StartAsync(Action<Connection> target)
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        WorkerProcess peer = WorkerProcess.Start(target, there);
        there.Dispose();
        if (target == SayHelloAndStay)
        {
            Assert.Equal("hello", await Watchdog.Run(() => here.Receive<string>()));
        }

        return (here, peer);
    }

    private static Task<object> Start(Connection here, Doing doing) => doing switch
    {
        Doing.Receive => Watchdog.Run<object>(() => here.Receive<int>()),
        Doing.ReceiveAsync => Box(here.ReceiveAsync<int>().AsTask()),
        Doing.Poll => Watchdog.Run<object>(() => here.Poll(Timeout.InfiniteTimeSpan)),
        Doing.PollAsync => Box(here.PollAsync(Timeout.InfiniteTimeSpan).AsTask()),
        Doing.WaitAny => Watchdog.Run<object>(() => Connection.WaitAny([here])),
        Doing.WaitAnyAsync => Box(Connection.WaitAnyAsync([here]).AsTask()),
        Doing.Send => Watchdog.Run<object>(() => here.TrySendBytes(new byte[1000], Timeout.InfiniteTimeSpan)),
        Doing.SendAsync => Box(here.TrySendBytesAsync(new byte[1000], Timeout.InfiniteTimeSpan).AsTask()),
        Doing.SendLong => Watchdog.Run<object>(() => here.TrySendBytes(new byte[LongMessage], Timeout.InfiniteTimeSpan)),
        Doing.SendLongAsync => Box(here.TrySendBytesAsync(new byte[LongMessage], Timeout.InfiniteTimeSpan).AsTask()),
        _ => throw new ArgumentOutOfRangeException(nameof(doing)),
    };

    private static async Task<object> Box<T>(Task<T> task) => (await task)!;
}
