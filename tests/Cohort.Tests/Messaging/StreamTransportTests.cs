using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>The bytes of the messages, against a peer that is a bare socket.</summary>
public sealed class StreamTransportTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly RawLink _link = RawLink.Open();

    public void Dispose() => _link.Dispose();

    [Theory]
    [InlineData(0, "00000000")]
    [InlineData(3, "00000003")]
    [InlineData(16_384, "00004000")]
    [InlineData(16_385, "00004001")]
    [InlineData(1 << 20, "00100000")]
    public async Task A_message_is_its_length_and_its_bytes(int length, string header)
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)'z', length)];
        Task sending = length % 2 == 0 ? _link.Connection.SendBytesAsync(bytes).AsTask() : Watchdog.Run(() => _link.Connection.SendBytes(bytes));
        Assert.Equal(header, Convert.ToHexStringLower(_link.Raw.ReceiveExactly(4)));
        Assert.Equal(bytes, _link.Raw.ReceiveExactly(length));
        await sending.Watched();
        Assert.Equal(0, _link.Raw.Available);
    }

    [Fact]
    public void A_short_message_is_one_write()
    {
        using RecordingStream stream = new();
        using StreamTransport transport = new(new StreamLine(stream, null), "nobody");
        transport.TrySend(new BytesSource(new byte[16_384]), Deadline.Never, default);
        Assert.Equal([16_388], stream.Writes);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_that_come_one_by_one_are_a_message(bool isAsync)
    {
        Task<byte[]> receiving = isAsync
            ? _link.Connection.ReceiveBytesAsync(timeout: Watchdog.Limit).AsTask()
            : Watchdog.Run(() => _link.Connection.ReceiveBytes());
        foreach (byte b in RawLink.Frame("hello"u8))
        {
            _link.Raw.Send([b]);
            await Task.Yield();
        }

        Assert.Equal("hello"u8.ToArray(), await receiving.Watched());
    }

    [Fact]
    public void The_form_for_long_messages_is_read()
    {
        _link.Raw.Send([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 3]);
        Assert.Equal([1, 2], _link.Connection.ReceiveBytes());
        Assert.Equal([3], _link.Connection.ReceiveBytes());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_claim_of_two_gigabytes_is_refused_or_takes_what_comes(bool isLongForm)
    {
        byte[] claim = isLongForm ? [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0x80, 0, 0, 0] : [0x7F, 0xFF, 0xFF, 0xC7];
        long before = GC.GetAllocatedBytesForCurrentThread();
        _link.Raw.Send([.. claim, 1, 2, 3]);
        _link.Raw.Shutdown(SocketShutdown.Send);
        if (isLongForm)
        {
            MessageTooLongException tooLong = Assert.Throws<MessageTooLongException>(() => _link.Connection.ReceiveBytes());
            Assert.Equal(0x80000000L, tooLong.Length);
            Assert.Contains("raw peer", tooLong.Message, StringComparison.Ordinal);
        }
        else
        {
            IOException cut = Assert.Throws<IOException>(() => _link.Connection.ReceiveBytes());
            Assert.Contains("raw peer was gone after 3 of the 2147483591 bytes", cut.Message, StringComparison.OrdinalIgnoreCase);
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Theory]
    [InlineData("FFFFFFFE", "-2")]
    [InlineData("80000000", "-2147483648")]
    [InlineData("FFFFFFFF8000000000000000", "9223372036854775808")]
    public void A_length_that_is_none_is_refused_for_good(string header, string shown)
    {
        _link.Raw.Send([.. Convert.FromHexString(header), 0, 0, 0, 1, 7]);
        IOException none = Assert.Throws<IOException>(() => _link.Connection.ReceiveBytes());
        Assert.Contains($"a length of {shown}", none.Message, StringComparison.Ordinal);
        IOException again = Assert.Throws<IOException>(() => _link.Connection.ReceiveBytes());
        Assert.Contains("any more", again.Message, StringComparison.Ordinal);
        Assert.Contains("raw peer", again.Message, StringComparison.Ordinal);
        _link.Connection.SendBytes(new byte[1]);
        Assert.Equal([0, 0, 0, 1, 0], _link.Raw.ReceiveExactly(5));
    }

    /// <summary>Where a receive throws at once, nobody waits for it.</summary>
    [Fact(Timeout = Limit)]
    public async Task Poll_and_WaitAny_do_not_wait_at_what_cannot_be_received_any_more()
    {
        _link.Raw.Send([0x80, 0, 0, 0]);
        Assert.Throws<IOException>(() => _link.Connection.ReceiveBytes());
        Assert.True(await Watchdog.Run(() => _link.Connection.Poll(Timeout.InfiniteTimeSpan)));
        Assert.True(await _link.Connection.PollAsync(Timeout.InfiniteTimeSpan).AsTask().Watched());
        Assert.Equal([_link.Connection], await Connection.WaitAnyAsync([_link.Connection]).AsTask().Watched());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("00", false)]
    [InlineData("000000", false)]
    [InlineData("00000001", false)]
    [InlineData("0000000305", false)]
    [InlineData("FFFFFFFF", false)]
    [InlineData("FFFFFFFF00", false)]
    public async Task The_end_is_clean_only_between_messages(string last, bool isClean)
    {
        foreach (bool isAsync in (bool[])[false, true])
        {
            using RawLink link = RawLink.Open();
            link.Raw.Send([0, 0, 0, 1, 9, .. Convert.FromHexString(last)]);
            link.Raw.Dispose();
            Assert.Equal([9], link.Connection.ReceiveBytes());
            Task<byte[]> receiving = isAsync ? link.Connection.ReceiveBytesAsync().AsTask() : Watchdog.Run(() => link.Connection.ReceiveBytes());
            Exception end = await Watchdog.FaultOf(receiving);
            Assert.Equal(isClean, end is EndOfStreamException);
            Assert.IsAssignableFrom<IOException>(end);
            Assert.Contains("raw peer", end.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_between_messages_is_the_end(bool isAsync)
    {
        _link.Raw.LingerState = new LingerOption(true, 0);
        Task<byte[]> receiving = isAsync
            ? _link.Connection.ReceiveBytesAsync().AsTask()
            : Watchdog.Run(() => _link.Connection.ReceiveBytes());
        _link.Raw.Dispose();
        Assert.IsType<EndOfStreamException>(await Watchdog.FaultOf(receiving));
        IOException gone = Assert.Throws<IOException>(() => _link.Connection.SendBytes(new byte[1]));
        Assert.Contains("raw peer", gone.Message, StringComparison.Ordinal);
        Assert.Contains("gone", gone.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_send_that_waits_ends_when_the_peer_does(bool isAsync)
    {
        byte[] large = new byte[32 << 20];
        Task sending = isAsync ? _link.Connection.SendBytesAsync(large).AsTask() : Watchdog.Run(() => _link.Connection.SendBytes(large));
        _link.Raw.ReceiveExactly(100);
        _link.Raw.Dispose();
        Exception gone = await Watchdog.FaultOf(sending);
        Assert.IsType<IOException>(gone);
        Assert.Contains("raw peer", gone.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => _link.Connection.SendBytes(new byte[1]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_ends_a_send_and_a_receive_in_the_middle(bool isAsync)
    {
        byte[] large = new byte[32 << 20];
        _link.Raw.Send([0, 0, 0, 9, 1]);
        Task sending = isAsync ? _link.Connection.SendBytesAsync(large).AsTask() : Watchdog.Run(() => _link.Connection.SendBytes(large));
        Task receiving = isAsync ? _link.Connection.ReceiveBytesAsync().AsTask() : Watchdog.Run(() => _link.Connection.ReceiveBytes());
        _link.Raw.ReceiveExactly(100);
        _link.Connection.Dispose();
        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(sending));
        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(receiving));
    }

    [Fact]
    public void A_message_that_is_too_long_ends_receiving_and_not_sending()
    {
        _link.Raw.Send(RawLink.Frame(new byte[300]));
        MessageTooLongException tooLong = Assert.Throws<MessageTooLongException>(() => _link.Connection.ReceiveBytes(299));
        Assert.Equal((300, 299), (tooLong.Length, tooLong.MaxLength));
        Assert.False(_link.Connection.IsReadable);
        Assert.Throws<InvalidOperationException>(() => _link.Connection.ReceiveBytes());
        _link.Connection.SendBytes(new byte[1]);
        Assert.Equal(5, _link.Raw.ReceiveExactly(5).Length);
    }

    [Fact]
    public void A_message_as_long_as_allowed_is_taken()
    {
        _link.Raw.Send(RawLink.Frame(new byte[300]));
        Assert.Equal(300, _link.Connection.ReceiveBytes(300).Length);
    }

    [Fact]
    public void A_message_that_no_array_holds_is_not_sent()
    {
        using RecordingStream stream = new();
        using StreamTransport transport = new(new StreamLine(stream, null), "nobody");
        Assert.Throws<InvalidOperationException>(() => transport.TrySend(new EndlessSource(), Deadline.Never, default));
        Assert.Empty(stream.Writes);
    }

    [Fact]
    public void What_is_cancelled_before_it_starts_is_not_done()
    {
        CancellationToken cancelled = new(canceled: true);
        _link.Raw.Send(RawLink.Frame([1]));
        Assert.ThrowsAny<OperationCanceledException>(() => _link.Connection.ReceiveBytes(cancellationToken: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => _link.Connection.SendBytes(new byte[1], null, cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => _link.Connection.Poll(default, cancelled));
        Assert.Equal([1], _link.Connection.ReceiveBytes());
        Assert.Equal(0, _link.Raw.Available);
    }

    private sealed class EndlessSource : IRingSource
    {
        public long Length => Array.MaxLength + 1L;

        public void CopyTo(long offset, Span<byte> destination) => throw new NotSupportedException();
    }

    /// <summary>Notes how long each write was.</summary>
    private sealed class RecordingStream : MemoryStream
    {
        public List<int> Writes { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer) => Writes.Add(buffer.Length);
    }
}
