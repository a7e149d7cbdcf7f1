using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <content>Waits that are given up, and what they leave.</content>
public abstract partial class ConnectionConformanceTests
{
    [Fact(Timeout = Limit)]
    public async Task Receive_CancelledOrLate_TakesNothing()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Assert.ThrowsAny<OperationCanceledException>(() => b.Receive<int>(cancellationToken: new CancellationToken(true)));
            for (int i = 0; i < 20; i++)
            {
                Assert.False(b.TryReceive(out int _));
                Assert.False((await b.TryReceiveAsync<int>(TimeSpan.FromMilliseconds(1))).HasValue);
                using CancellationTokenSource source = new();
                Task[] waits =
                [
                    Watchdog.Run(() => b.Receive<int>(null, source.Token)),
                    b.ReceiveBytesAsync(cancellationToken: source.Token).AsTask(),
                    b.PollAsync(Timeout.InfiniteTimeSpan, source.Token).AsTask(),
                ];
                source.Cancel();
                foreach (Task wait in waits)
                {
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Watched());
                }

                Assert.Throws<TimeoutException>(() => b.Receive<int>(TimeSpan.FromMilliseconds(1)));
                a.Send(i);
                Assert.Equal(i, await b.ReceiveAsync<int>(Watchdog.Limit));
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Receive_CancelledAtAnyMoment_LosesNoMessage()
    {
        const int Count = 500;
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Task sending = Watchdog.Run(() =>
            {
                for (int i = 0; i < Count; i++)
                {
                    a.Send(i);
                }
            });
            for (int next = 0; next < Count; next++)
            {
                using CancellationTokenSource source = new();
                Task<int> receiving = next % 2 == 0
                    ? b.ReceiveAsync<int>(null, source.Token).AsTask()
                    : Watchdog.Run(() => b.Receive<int>(null, source.Token));
                source.Cancel();
                try
                {
                    Assert.Equal(next, await receiving.Watched());
                }
                catch (OperationCanceledException)
                {
                    Assert.Equal(next, await b.ReceiveAsync<int>(Watchdog.Limit));
                }
            }

            await sending;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Send_NoRoomInTime_SendsNothingOfTheMessage()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            byte[] block = new byte[4096];
            int sent = 0, refused = 0, late = 0, cancelled = 0;

            // What is full may have some room again a little later, in a socket: the kernel tidies up.
            while (refused < 2 || late < 2 || cancelled < 2)
            {
                if (a.TrySendBytes(block) || a.TrySendBytes(block, s_short) || await a.TrySendBytesAsync(block, s_short))
                {
                    sent++;
                    continue;
                }

                refused++;
                using CancellationTokenSource source = new();
                source.CancelAfter(s_short);
                foreach (Task send in (Task[])
                [
                    Watchdog.Run(() => a.SendBytes(block, s_short)), a.SendBytesAsync(block, s_short).AsTask(),
                    Watchdog.Run(() => a.SendBytes(block, null, source.Token)), a.SendBytesAsync(block, null, source.Token).AsTask(),
                ])
                {
                    Exception? fault = await Record.ExceptionAsync(() => send.Watched());
                    Assert.True(fault is null or OperationCanceledException or TimeoutException, $"{fault}");
                    sent += fault is null ? 1 : 0;
                    late += fault is TimeoutException ? 1 : 0;
                    cancelled += fault is OperationCanceledException ? 1 : 0;
                }
            }

            Task[] waiting = [a.SendBytesAsync(block, Watchdog.Limit).AsTask(), Watchdog.Run(() => a.SendBytes(block, Watchdog.Limit))];
            for (int i = 0; i < sent + waiting.Length; i++)
            {
                Assert.Equal(block.Length, (await b.ReceiveBytesAsync(timeout: Watchdog.Limit)).Length);
            }

            await Task.WhenAll(waiting).Watched();
            Assert.False(b.Poll(s_short));
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitAny_SeveralMessagesInOneGo_SeesEachOfThem(bool isAsync)
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            for (int round = 0; round < 20; round++)
            {
                Task<IReadOnlyList<Connection>> wait = Wait();
                Assert.False(wait.IsCompleted);
                a.Send(1);
                a.Send(2);
                a.Send(3);
                for (int i = 1; i <= 3; i++)
                {
                    Assert.Equal([b], await wait.Watched());
                    Assert.Equal(i, b.Receive<int>(Watchdog.Limit));
                    wait = i < 3 ? Wait() : wait;
                }
            }

            Assert.Empty(Connection.WaitAny([b], s_short));
            Assert.Empty(await Connection.WaitAnyAsync([b], s_short).AsTask().Watched());

            Task<IReadOnlyList<Connection>> Wait() => isAsync
                ? Connection.WaitAnyAsync([b]).AsTask()
                : Watchdog.Run(() => Connection.WaitAny([b]));
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitAny_DisposedByItself_EndsTheWait(bool isAsync)
    {
        (Connection a, Connection b) = Create();
        using (a)
        {
            Task wait = isAsync ? Connection.WaitAnyAsync([b]).AsTask() : Watchdog.Run(() => Connection.WaitAny([b]));
            Assert.False(wait.Wait(50), "something came");
            b.Dispose();
            Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(wait));
        }
    }
}
