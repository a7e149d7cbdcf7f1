using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>Two threads, each on a side: nobody misses the other.</summary>
public sealed class RingThreadTests : IDisposable
{
    private readonly RingPair _ring = new();

    public void Dispose() => _ring.Dispose();

    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(50)]
    public async Task A_stream_of_all_sizes_arrives_whole(int spinMicroseconds)
    {
        SpinBudget spin = new(spinMicroseconds);
        const int Count = 3_000;
        Task sender = Task.Run(() =>
        {
            Random sizes = new(99);
            for (int i = 0; i < Count; i++)
            {
                _ring.Send(BytesSource.Content(Size(sizes), i), (uint)i, spin);
            }
        });
        Task receiver = Task.Run(() =>
        {
            Random sizes = new(99);
            for (int i = 0; i < Count; i++)
            {
                byte[] expected = BytesSource.Content(Size(sizes), i);
                byte[] received = _ring.Receive(out uint tag, spin);
                Assert.Equal((uint)i, tag);
                Assert.True(expected.AsSpan().SequenceEqual(received), $"message {i} is not what was sent");
            }
        });
        await Task.WhenAll(sender, receiver);

        static int Size(Random sizes) => sizes.Next(1 << sizes.Next(1, 18));
    }

    [Fact(Timeout = 60_000)]
    public async Task Sleepers_on_both_sides_are_woken_each_time()
    {
        // Without spinning, each message finds the other side asleep or on its way to sleep; one lost wake-up would hang.
        using RingPair back = new();
        const int Rounds = 20_000;
        Task echo = Task.Run(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                back.Send(_ring.Receive(out uint tag), tag);
            }
        });
        Task caller = Task.Run(() =>
        {
            byte[] word = new byte[sizeof(int)];
            for (int i = 0; i < Rounds; i++)
            {
                BitConverter.TryWriteBytes(word, i);
                _ring.Send(word);
                Assert.Equal(i, BitConverter.ToInt32(back.Receive(out _)));
            }
        });
        await Task.WhenAll(echo, caller);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sender_that_waits_for_room_has_published_what_it_committed()
    {
        while (_ring.Sender.TrySend(BytesSource.Numbered(1000, 1), 1, publish: false))
        {
            // Fills the ring invisibly.
        }

        Task<byte[]> first = Task.Run(() => _ring.Receive(out _));
        await Task.Run(() => _ring.Send(BytesSource.Content(1000, 2)));
        Assert.Equal(BytesSource.Content(1000, 1), await first);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_long_message_behind_invisible_frames_gets_through()
    {
        while (_ring.Sender.TrySend(BytesSource.Numbered(1000, 1), 1, publish: false))
        {
            // Fills the ring invisibly.
        }

        byte[] content = BytesSource.Content(3 * RingPair.Capacity, 2);
        Task<byte[]> last = Task.Run(() =>
        {
            byte[] bytes;
            uint tag;
            do
            {
                bytes = _ring.Receive(out tag);
            }
            while (tag == 1);
            return bytes;
        });
        await Task.Run(() => _ring.Send(content, tag: 2));
        Assert.Equal(content, await last);
    }

    [Fact(Timeout = 60_000)]
    public async Task Close_WakesASleepingReceiver()
    {
        Task receiver = Task.Run(() => _ring.Receive(out _));
        await AnnouncedAsync(_ring.ReceiverBell);
        _ring.Sender.Close();
        await Assert.ThrowsAsync<RingClosedException>(() => receiver);
    }

    [Fact(Timeout = 60_000)]
    public async Task Close_WakesASleepingSender()
    {
        Task sender = Task.Run(() => _ring.Send(new byte[2 * RingPair.Capacity]));
        await AnnouncedAsync(_ring.SenderBell);
        _ring.Receiver.Close();
        await Assert.ThrowsAsync<RingClosedException>(() => sender);
    }

    private static Task AnnouncedAsync(Doorbell bell) => Eventually.TrueAsync(() => bell.IsAwaited);
}
