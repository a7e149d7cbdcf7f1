using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>A reader that takes a long message part by part while it is still being written.</summary>
public sealed class RingPartsTests : IDisposable
{
    private const uint More = RingLayout.MoreFlag;
    private const uint First = RingLayout.FirstFlag;

    private readonly RingPair _ring = new();
    private readonly RingParts _parts;

    public RingPartsTests() => _parts = new RingParts(_ring.Receiver, _ring.ReceiverBell, SpinBudget.None);

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void A_short_message_is_one_part()
    {
        _ring.Send([1, 2, 3], tag: 7);
        RingMessage message = _parts.Receive();
        Assert.Equal([1, 2, 3], message.Span.ToArray());
        Assert.Equal(7u, message.Tag);
        Assert.Equal(0, _parts.Remaining);
        _parts.Release();
        Assert.Equal(0, _ring.Sender.Backlog);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(4089)]
    [InlineData(8176)]
    [InlineData(300_000)]
    public async Task A_long_message_comes_in_parts(int length)
    {
        byte[] content = BytesSource.Content(length, 4);
        Task<byte[]> reader = Task.Run(Gather);
        await Task.Run(() => _ring.Send(content, tag: 9));
        Assert.Equal(content, await reader);
        Assert.Equal(0, _ring.Sender.Backlog);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_read_of_a_message_is_passed_over()
    {
        Task<byte[]> reader = Task.Run(() =>
        {
            Assert.True(_parts.Receive().Length < _parts.Remaining);
            _parts.Release();
            return _ring.Receive(out _);
        });
        await Task.Run(() =>
        {
            _ring.Send(new byte[5 * RingPair.Capacity]);
            _ring.Send([1, 2]);
        });
        Assert.Equal([1, 2], await reader);
    }

    [Fact]
    public void Closed_in_the_middle_of_a_message_the_next_part_throws()
    {
        Assert.True(_ring.Sender.TrySend(BytesSource.Numbered(10 * RingPair.Capacity, 1), 1));
        _ring.Sender.Close();
        Assert.Throws<RingClosedException>(() => Gather());
        Assert.True(_parts.Remaining > 0);
    }

    [Theory]
    [InlineData(First | More | 4, 100u)]
    [InlineData(First | More | 8, 0u)]
    [InlineData(First | 8, 100u)]
    [InlineData(More | 8, 100u)]
    [InlineData(First | More | 16, 7u)]
    public void A_beginning_that_no_sender_writes_is_refused(uint word, uint total)
    {
        _ring.Forge(24, word, 0, total, 0, 0, 0);
        Assert.Throws<InvalidDataException>(() => _parts.Receive());
    }

    [Fact]
    public void A_part_beyond_the_announced_length_is_refused()
    {
        _ring.Forge(32, First | More | 8, 0, 7, 0, 8, 0, 1, 1);
        Assert.Equal(0, _parts.Receive().Length);
        Assert.Throws<InvalidDataException>(Next);
    }

    [Fact]
    public void A_second_beginning_is_refused()
    {
        _ring.Forge(32, First | More | 8, 0, 100, 0, First | More | 8, 0, 100, 0);
        Assert.Equal(0, _parts.Receive().Length);
        Assert.Throws<InvalidDataException>(Next);
    }

    private unsafe void Next() => _parts.Next(out _);

    private unsafe byte[] Gather()
    {
        RingMessage first = _parts.Receive();
        List<byte> whole = [.. first.Span];
        while (_parts.Remaining > 0)
        {
            byte* part = _parts.Next(out int length);
            whole.AddRange(new ReadOnlySpan<byte>(part, length));
        }

        _parts.Release();
        return [.. whole];
    }
}
