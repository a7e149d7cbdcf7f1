using Cohort.Messaging;
using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>Peers that stop in the middle of a message: whoever receives gives up in time, and goes on later.</summary>
public sealed class PartialMessageTests
{
    private const int Limit = 60_000;
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(20);

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task A_receive_of_a_socket_gives_up_at_any_byte_and_the_next_goes_on(int sent)
    {
        using RawLink link = RawLink.Open();
        byte[] frame = RawLink.Frame([1, 2, 3]);
        link.Raw.Send(frame.AsSpan(0, sent));
        Assert.True(link.Connection.Poll(Watchdog.Limit));
        await Watchdog.Run(() =>
        {
            Assert.False(link.Connection.TryReceiveBytes(out _));
            Assert.Throws<TimeoutException>(() => link.Connection.ReceiveBytes(timeout: s_short));
        });
        Assert.False((await link.Connection.TryReceiveBytesAsync(timeout: s_short).AsTask().Watched()).HasValue);
        using CancellationTokenSource source = new();
        Task[] waits =
        [
            link.Connection.ReceiveBytesAsync(cancellationToken: source.Token).AsTask(),
            Watchdog.Run(() => link.Connection.ReceiveBytes(cancellationToken: source.Token)),
        ];
        source.Cancel();
        foreach (Task wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Watched());
        }

        Assert.Contains("in part", Assert.Throws<PickleException>(() => Pickle.Dumps(link.Connection)).Message, StringComparison.Ordinal);
        link.Raw.Send(frame.AsSpan(sent));
        Assert.Equal([1, 2, 3], await Watchdog.Run(() => link.Connection.ReceiveBytes()));
        Assert.Equal(0, link.Raw.Available);
    }

    [Fact(Timeout = Limit)]
    public async Task A_receive_that_goes_on_takes_no_more_than_it_may()
    {
        using RawLink link = RawLink.Open();
        link.Raw.Send([0, 0, 0, 9, 1]);
        await Watchdog.Run(() => Assert.Throws<TimeoutException>(() => link.Connection.ReceiveBytes(timeout: s_short)));
        Assert.Throws<MessageTooLongException>(() => link.Connection.ReceiveBytes(8));
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proof_of_the_key_that_stalls_ends_in_time(bool isDelivering)
    {
        using RawLink link = RawLink.Open();
        link.Raw.Send([0]);
        Exception late = await Watchdog.FaultOf(Watchdog.Run(() =>
        {
            if (isDelivering)
            {
                ConnectionAuthentication.DeliverChallenge(link.Connection, new byte[1], timeout: s_short);
            }
            else
            {
                ConnectionAuthentication.AnswerChallenge(link.Connection, new byte[1], s_short);
            }
        }));
        Assert.IsType<TimeoutException>(late);
    }

    /// <summary>The sender of a long message through rings stands still in its middle until it is let go on.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_receive_of_a_pair_gives_up_in_the_middle_and_the_next_goes_on(bool isInto)
    {
        const int Length = 2 << 20;
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        using (there)
        using (ManualResetEventSlim go = new())
        {
            Task sending = Watchdog.Run(() => there.Transport.TrySend(new PausingSource(Length, Length / 2, go), Deadline.Never, default));
            byte[] room = new byte[Length];
            await Eventually.TrueAsync(() =>
            {
                Assert.False(isInto ? here.TryReceiveBytesInto(room, out _, s_short) : here.TryReceiveBytes(out _, timeout: s_short));
                return ((RingTransport)here.Transport).ReceivingMark != 0;
            });
            Array.Clear(room);
            Assert.False((await here.TryReceiveBytesAsync(timeout: s_short).AsTask().Watched()).HasValue);
            using CancellationTokenSource source = new();
            Task<byte[]> cancelled = here.ReceiveBytesAsync(cancellationToken: source.Token).AsTask();
            source.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Watched());
            Assert.Throws<PickleException>(() => Pickle.Dumps(here));

            go.Set();
            byte[] message = isInto
                ? room[..await here.ReceiveBytesIntoAsync(room, Watchdog.Limit)]
                : await Watchdog.Run(() => here.ReceiveBytes());
            await sending;
            Assert.Equal(PausingSource.Content(Length), message);
            there.Send("next");
            Assert.Equal("next", await here.ReceiveAsync<string>(Watchdog.Limit));
        }
    }

    private sealed class PausingSource(int length, int pauseAt, ManualResetEventSlim go) : IRingSource
    {
        public long Length => length;

        public static byte[] Content(int length) => [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 7))];

        public void CopyTo(long offset, Span<byte> destination)
        {
            if (offset + destination.Length > pauseAt)
            {
                go.Wait(Watchdog.Limit);
            }

            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (byte)((offset + i) * 7);
            }
        }
    }
}
