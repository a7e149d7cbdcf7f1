using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>A channel's long messages go through a ring of their own, in one piece and in order with the short ones.</summary>
public sealed class RingLongMessageTests : IDisposable
{
    private const int Capacity = 64 * 1024;

    private readonly RingChannel _channel = RingChannel.Create(Capacity, Capacity);
    private readonly RingSender _sender;
    private readonly RingReceiver _receiver;

    public RingLongMessageTests()
    {
        _sender = _channel.RequestSender();
        _receiver = _channel.RequestReceiver(_channel.HostBell);
    }

    public void Dispose()
    {
        _receiver.Dispose();
        _channel.Dispose();
    }

    [Fact]
    public void Long_and_short_messages_keep_their_order()
    {
        int[] lengths = [1, Capacity, 5, _sender.MaxFramePayload + 1, 0, 1_000_000, _sender.MaxFramePayload, 3_000_000];
        for (int i = 0; i < lengths.Length; i++)
        {
            Assert.True(_sender.TrySend(BytesSource.Numbered(lengths[i], i), (uint)i));
            Assert.False(_sender.HasPending);
        }

        for (int i = 0; i < lengths.Length; i++)
        {
            AssertNext(BytesSource.Content(lengths[i], i), (uint)i);
        }

        Assert.False(_receiver.TryReceive(out _));
    }

    [Fact]
    public void A_long_message_is_invisible_until_it_is_published()
    {
        byte[] content = BytesSource.Content(Capacity, 1);
        Assert.True(_sender.TrySend(new BytesSource(content), 1, publish: false));
        Assert.False(_receiver.TryReceive(out _));
        _sender.Publish();
        AssertNext(content, 1);
    }

    [Fact]
    public void A_full_ring_for_long_messages_takes_none_and_keeps_what_it_has()
    {
        byte[] content = BytesSource.Content(10_000_000, 1);
        uint sent = 0;
        while (_sender.TrySend(new BytesSource(content), sent))
        {
            sent++;
        }

        Assert.InRange(sent, 2u, 10u);
        Assert.False(_sender.HasPending);
        for (uint i = 0; i < sent; i++)
        {
            AssertNext(content, i);
        }

        Assert.True(_sender.TrySend(new BytesSource(content), 99));
        AssertNext(content, 99);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sender_waits_for_room_in_the_ring_for_long_messages()
    {
        // More than the ring holds, again and again, so that its end is passed as well.
        const int Count = 24;
        byte[] content = BytesSource.Content(9_000_000, 1);
        Task sender = Task.Run(() =>
        {
            for (uint i = 0; i < Count; i++)
            {
                _sender.Send(new BytesSource(content), i, _channel.HostBell, SpinBudget.None, Deadline.In(RingPair.Watchdog));
            }
        });
        await Task.Run(() =>
        {
            for (uint i = 0; i < Count; i++)
            {
                Assert.True(_receiver.WaitForData(_channel.WorkerBell, SpinBudget.None, Deadline.In(RingPair.Watchdog)));
                AssertNext(content, i);
            }
        });
        await sender;
    }

    [Fact]
    public void An_announcement_where_there_is_no_such_ring_is_refused()
    {
        using RingPair bare = new();
        bare.Forge(16, RingLayout.ElsewhereFlag | 8, 0, 100_000, 0);
        Assert.Throws<InvalidDataException>(() => bare.Receiver.TryReceive(out _));
    }

    [Fact]
    public unsafe void An_announcement_of_what_is_not_there_is_refused()
    {
        byte* room = _sender.TryBegin(sizeof(long));
        *(long*)room = 100_000;
        _sender.Commit(sizeof(long), 3, RingLayout.ElsewhereFlag);
        _sender.Publish();
        Assert.Throws<InvalidDataException>(() => _receiver.TryReceive(out _));
    }

    [Theory]
    [InlineData(99_999, 3u)]
    [InlineData(100_000, 4u)]
    public unsafe void An_announcement_of_another_message_is_refused(int length, uint tag)
    {
        Assert.True(_sender.TrySend(BytesSource.Numbered(100_000, 1), 3, publish: false));

        // The announcement is the first thing in the ring, and not yet published.
        byte* announcement = _sender.TryBegin(0) - (2 * RingLayout.FrameHeaderSize) - sizeof(long);
        *(uint*)(announcement + 4) = tag;
        *(long*)(announcement + RingLayout.FrameHeaderSize) = length;
        _sender.Publish();
        Assert.Throws<InvalidDataException>(() => _receiver.TryReceive(out _));
    }

    private void AssertNext(byte[] content, uint tag)
    {
        Assert.True(_receiver.TryReceive(out RingMessage message), $"message {tag} is not there");
        Assert.Equal(tag, message.Tag);
        Assert.True(message.Span.SequenceEqual(content), $"message {tag} is not what was sent");
        _receiver.Release();
    }
}
