using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>One side writes and the other reads, on one thread: what is visible when.</summary>
public sealed class RingTests : IDisposable
{
    private readonly RingPair _ring = new();

    public void Dispose() => _ring.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(4087)]
    [InlineData(4088)]
    public void A_message_of_one_frame_arrives_with_its_tag(int length)
    {
        byte[] content = BytesSource.Content(length, 3);
        _ring.Send(content, tag: 0xFEDCBA98);
        Assert.Equal(content, _ring.Receive(out uint tag));
        Assert.Equal(0xFEDCBA98, tag);
        Assert.False(_ring.Receiver.TryReceive(out _));
        Assert.Equal(0, _ring.Sender.Backlog);
    }

    [Fact]
    public void The_longest_frame_is_a_quarter_of_the_ring() =>
        Assert.Equal((RingPair.Capacity / 4) - RingLayout.FrameHeaderSize, _ring.Sender.MaxFramePayload);

    [Fact]
    public void Frames_of_all_sizes_wrap_around_in_order()
    {
        Random random = new(20260727);
        Queue<(byte[] Content, uint Tag)> under_way = new();
        uint sent = 0;
        while (sent < 20_000 || under_way.Count > 0)
        {
            int burst = random.Next(20);
            for (int i = 0; i < burst && sent < 20_000; i++)
            {
                byte[] content = BytesSource.Content(random.Next(1 << random.Next(13)), (int)sent);
                if (content.Length > _ring.Sender.MaxFramePayload || !_ring.Sender.TrySend(new BytesSource(content), sent))
                {
                    break;
                }

                under_way.Enqueue((content, sent++));
            }

            int reads = random.Next(20);
            for (int i = 0; i < reads && under_way.TryDequeue(out (byte[] Content, uint Tag) expected); i++)
            {
                Assert.True(_ring.Receiver.TryReceive(out RingMessage message));
                Assert.Equal(expected.Tag, message.Tag);
                Assert.True(message.Span.SequenceEqual(expected.Content), $"message {expected.Tag} is not what was sent");
                _ring.Receiver.Release();
            }
        }

        Assert.False(_ring.Receiver.HasData);
    }

    [Fact]
    public void TrySend_FullRing_WritesNothing()
    {
        BytesSource frame = BytesSource.Numbered(_ring.Sender.MaxFramePayload, 1);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(_ring.Sender.TrySend(frame, 0));
        }

        Assert.Equal(RingPair.Capacity, _ring.Sender.Backlog);
        Assert.False(_ring.Sender.TrySend(new BytesSource([]), 9));
        Assert.Equal(RingPair.Capacity, _ring.Sender.Backlog);

        _ring.Receive(out _);
        Assert.True(_ring.Sender.TrySend(new BytesSource([]), 9));
    }

    [Fact]
    public void A_frame_is_invisible_until_it_is_published()
    {
        Assert.True(_ring.Sender.TrySend(new BytesSource([1]), 1, publish: false));
        Assert.True(_ring.Sender.TrySend(new BytesSource([2]), 2, publish: false));
        Assert.False(_ring.Receiver.HasData);
        Assert.False(_ring.Receiver.SeesData);
        _ring.Sender.Publish();
        Assert.True(_ring.Receiver.SeesData);
        Assert.Equal([1], _ring.Receive(out _));
        Assert.Equal([2], _ring.Receive(out _));
    }

    [Fact]
    public void A_message_stays_as_it_is_until_it_is_released()
    {
        byte[] content = BytesSource.Content(4000, 5);
        _ring.Send(content);
        Assert.True(_ring.Receiver.TryReceive(out RingMessage held));
        while (_ring.Sender.TrySend(BytesSource.Numbered(500, 99), 1))
        {
            // Fills what is left of the ring.
        }

        Assert.True(held.Span.SequenceEqual(content));
        _ring.Receiver.Release();
        Assert.True(_ring.Sender.TrySend(BytesSource.Numbered(500, 99), 1));
    }

    [Fact]
    public void Releases_show_to_the_sender_when_they_are_published()
    {
        Assert.True(_ring.Sender.TrySend(BytesSource.Numbered(100, 0), 0));
        long backlog = _ring.Sender.Backlog;
        Assert.True(_ring.Receiver.TryReceive(out _));
        _ring.Receiver.ReleaseLater();
        Assert.Equal(backlog, _ring.Sender.Backlog);
        _ring.Receiver.PublishReleases();
        Assert.Equal(0, _ring.Sender.Backlog);
        _ring.Receiver.Release();
        Assert.Equal(0, _ring.Sender.Backlog);
    }

    [Fact]
    public void A_long_message_goes_in_parts_as_room_comes()
    {
        byte[] content = BytesSource.Content(5 * RingPair.Capacity, 7);
        Assert.True(_ring.Sender.TrySend(new BytesSource(content), 42));
        Assert.True(_ring.Sender.HasPending);
        Assert.Throws<InvalidOperationException>(() => _ring.Sender.TrySend(new BytesSource([1]), 1));

        int turns = 0;
        RingMessage message;
        while (!_ring.Receiver.TryReceive(out message))
        {
            _ring.Sender.Flush();
            turns++;
        }

        Assert.InRange(turns, 4, 100);
        Assert.False(_ring.Sender.HasPending);
        Assert.Equal(42u, message.Tag);
        Assert.True(message.Span.SequenceEqual(content));

        // A short one after a long one is a frame of its own again.
        _ring.Receiver.Release();
        _ring.Send([1, 2, 3]);
        Assert.Equal([1, 2, 3], _ring.Receive(out _));
    }

    [Fact]
    public void A_message_beyond_the_limit_is_refused_and_nothing_is_sent()
    {
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(
            () => _ring.Sender.TrySend(new EndlessSource(), 0));
        Assert.Contains($"{RingLayout.MaxMessageLength + 1}", fault.Message, StringComparison.Ordinal);
        Assert.False(_ring.Sender.HasPending);
        Assert.Equal(0, _ring.Sender.Backlog);
    }

    [Fact]
    public void Closed_by_the_sender_what_was_published_is_read_first()
    {
        _ring.Send([1]);
        _ring.Sender.TrySend(new BytesSource([2]), 0, publish: false);
        _ring.Sender.Close();
        Assert.True(_ring.Receiver.IsClosed);
        Assert.Equal([1], _ring.Receive(out _));
        Assert.Throws<RingClosedException>(() => _ring.Receive(out _));
    }

    [Fact]
    public void Closed_in_the_middle_of_a_message_nothing_of_it_is_read()
    {
        Assert.True(_ring.Sender.TrySend(BytesSource.Numbered(10 * RingPair.Capacity, 1), 1));
        Assert.False(_ring.Receiver.TryReceive(out _));
        Assert.False(_ring.Sender.Flush());
        _ring.Sender.Close();
        Assert.Throws<RingClosedException>(() => _ring.Receive(out _));
    }

    [Fact]
    public void Closed_by_the_receiver_the_sender_is_told()
    {
        _ring.Receiver.Close();
        Assert.True(_ring.Sender.IsClosed);
        Assert.Throws<RingClosedException>(() => _ring.Send([1]));
    }

    [Fact]
    public void Receive_EmptyRing_IsFalseAfterTheTimeout()
    {
        TimeSpan timeout = TimeSpan.FromMilliseconds(30);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.False(_ring.Receiver.Receive(out _, _ring.ReceiverBell, SpinBudget.Default, Deadline.In(timeout)));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) >= timeout);
        Assert.False(_ring.Receiver.WaitForData(_ring.ReceiverBell, SpinBudget.None, Deadline.In(TimeSpan.Zero)));
    }

    [Fact]
    public void Send_FullRing_ThrowsAfterTheTimeout()
    {
        TimeSpan timeout = TimeSpan.FromMilliseconds(30);
        BytesSource message = BytesSource.Numbered(2 * RingPair.Capacity, 1);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Throws<TimeoutException>(() => _ring.Sender.Send(message, 0, _ring.SenderBell, SpinBudget.None, Deadline.In(timeout)));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) >= timeout);
    }

    private sealed class EndlessSource : IRingSource
    {
        public long Length => RingLayout.MaxMessageLength + 1;

        public void CopyTo(long offset, Span<byte> destination) => Assert.Fail("nothing shall be copied");
    }
}
