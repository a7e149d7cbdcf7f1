using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <content>Several at once, and the ends of waits.</content>
public abstract partial class ConnectionConformanceTests
{
    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileOthersWaitHere_EndsTheirWaits()
    {
        (Connection a, Connection b) = Create();
        using (a)
        {
            Task[] waits =
            [
                Watchdog.Run(() => b.Receive<int>()),
                Watchdog.Run(() => b.Poll(Timeout.InfiniteTimeSpan)),
                Watchdog.Run(() => Connection.WaitAny([b])),
                b.ReceiveAsync<int>().AsTask(),
                b.PollAsync(Timeout.InfiniteTimeSpan).AsTask(),
                Connection.WaitAnyAsync([b]).AsTask(),
            ];
            Assert.False(Task.WaitAny(waits, 50) >= 0, "something came");
            b.Dispose();
            foreach (Task wait in waits)
            {
                Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(wait));
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileASendIsBlocked_EndsItAndNothingTornIsReceived()
    {
        (Connection a, Connection b) = Create();
        using (b)
        {
            byte[] message = new byte[5000];
            int sent = 0;
            while (a.TrySendBytes(message))
            {
                sent++;
            }

            byte[] tooLong = new byte[LengthThatBlocks];
            Task blocked = Watchdog.Run(() => a.SendBytes(tooLong));
            Task waiting = a.SendBytesAsync(tooLong).AsTask();
            Assert.False(Task.WaitAny([blocked, waiting], 50) >= 0, "there was room");
            a.Dispose();
            Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(blocked));
            Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(waiting));
            int received = 0;
            Exception end = await Watchdog.FaultOf(Watchdog.Run(() =>
            {
                while (true)
                {
                    Assert.Equal(5000, b.ReceiveBytes().Length);
                    received++;
                }
            }));
            Assert.IsAssignableFrom<IOException>(end);
            Assert.True(received <= sent, $"{received} came of {sent}");
            if (CloseKeepsWhatWasSent)
            {
                Assert.IsType<EndOfStreamException>(end);
                Assert.Equal(sent, received);
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Close_WhileThePeerWaits_EndsItsWaits()
    {
        (Connection a, Connection b) = Create();
        using (b)
        {
            Task blocked = Watchdog.Run(() => b.Receive<int>());
            Task waiting = b.ReceiveAsync<int>().AsTask();
            Task<bool> polling = Watchdog.Run(() => b.Poll(Timeout.InfiniteTimeSpan));
            Task<IReadOnlyList<Connection>> any = Connection.WaitAnyAsync([b]).AsTask();
            a.Close();
            Assert.IsType<EndOfStreamException>(await Watchdog.FaultOf(blocked));
            Assert.IsType<EndOfStreamException>(await Watchdog.FaultOf(waiting));
            Assert.True(await polling);
            Assert.Equal([b], await any.Watched());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task ReceiveAllAsync_UntilThePeerCloses_GivesAll()
    {
        (Connection a, Connection b) = Create();
        using (b)
        {
            Task<List<int>> received = b.ReceiveAllAsync<int>().ToListAsync();
            for (int i = 0; i < 1000; i++)
            {
                await a.SendAsync(i).AsTask().Watched();
            }

            a.Close();
            Assert.Equal(Enumerable.Range(0, 1000), await received);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task SendAndReceive_ManyThreadsAndTasksAtBothEnds_EachMessageArrivesOnceAndWhole()
    {
        const int Each = 300;
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Task[] senders =
            [
                .. Enumerable.Range(0, 3).Select(s => Watchdog.Run(() =>
                {
                    for (int i = 0; i < Each; i++)
                    {
                        a.SendBytes(Message((s * Each) + i));
                    }
                })),
                SendAsync(),
            ];
            Task<List<int>>[] receivers =
            [
                .. Enumerable.Range(0, 3).Select(_ => Watchdog.Run(() =>
                {
                    List<int> got = [];
                    while (Number(b.ReceiveBytes()) is >= 0 and int number)
                    {
                        got.Add(number);
                    }

                    return got;
                })),
                ReceiveAsync(),
            ];
            await Task.WhenAll(senders).Watched();
            for (int i = 0; i < receivers.Length; i++)
            {
                await a.SendBytesAsync(Array.Empty<byte>()).AsTask().Watched();
            }

            List<int>[] all = await Task.WhenAll(receivers).Watched();
            Assert.Equal(Enumerable.Range(0, 4 * Each), all.SelectMany(static got => got).Order());
        }

        async Task SendAsync()
        {
            for (int i = 0; i < Each; i++)
            {
                await a.SendBytesAsync(Message((3 * Each) + i));
            }
        }

        async Task<List<int>> ReceiveAsync()
        {
            List<int> got = [];
            while (Number(await b.ReceiveBytesAsync()) is >= 0 and int number)
            {
                got.Add(number);
            }

            return got;
        }

        // Each fiftieth is longer than any buffer, so that it goes in parts.
        static byte[] Message(int number)
        {
            byte[] message = new byte[number % 50 == 0 ? 600_000 : 4 + (number % 700)];
            message.AsSpan().Fill((byte)number);
            BitConverter.TryWriteBytes(message, number);
            return message;
        }

        static int Number(byte[] message)
        {
            if (message.Length == 0)
            {
                return -1;
            }

            int number = BitConverter.ToInt32(message);
            Assert.True(message.AsSpan().SequenceEqual(Message(number)), $"message {number} is torn");
            return number;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_FollowsWhatIsThere()
    {
        Assert.SkipUnless(HandleIsExact, "bytes may be there that the descriptor knows nothing of, and the other way round");
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Assert.False(Cohort.Platform.Descriptors.IsReadable(b.Handle));
            a.Send(1);
            await ComesToBe(true);
            a.Send(2);
            Assert.Equal(1, b.Receive<int>());
            await ComesToBe(true);
            Assert.Equal(2, b.Receive<int>());
            await ComesToBe(false);
            Assert.False(b.Poll());
            a.SendBytes(new byte[50_000]);
            await ComesToBe(true);
            Assert.Equal(50_000, (await b.ReceiveBytesAsync()).Length);
            await ComesToBe(false);
            a.Close();
            await ComesToBe(true);
        }

        Task ComesToBe(bool isReadable) => Eventually.TrueAsync(() => Cohort.Platform.Descriptors.IsReadable(b.Handle) == isReadable);
    }
}
