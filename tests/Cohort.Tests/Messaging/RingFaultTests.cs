using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>What no sender writes is told apart from messages, and never read beyond the ring.</summary>
public sealed class RingFaultTests : IDisposable
{
    private const uint More = RingLayout.MoreFlag;
    private const uint First = RingLayout.FirstFlag;

    private readonly RingPair _ring = new();

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void A_frame_longer_than_what_was_published_is_refused()
    {
        _ring.Forge(16, 9, 0);
        AssertRefused();
    }

    [Fact]
    public void The_longest_length_that_the_word_can_hold_is_refused()
    {
        _ring.Forge(RingPair.Capacity, RingLayout.LengthMask, 0);
        AssertRefused();
    }

    [Fact]
    public void More_published_than_the_ring_holds_is_refused()
    {
        _ring.Forge(RingPair.Capacity + 8, 8, 0);
        AssertRefused();
    }

    [Fact]
    public void A_head_behind_the_tail_is_refused()
    {
        _ring.Forge(unchecked((ulong)-8), 0, 0);
        AssertRefused();
    }

    [Fact]
    public void A_part_of_a_message_that_never_began_is_refused()
    {
        _ring.Forge(16, More | 8, 0);
        AssertRefused();
    }

    [Fact]
    public void A_first_part_without_room_for_the_length_is_refused()
    {
        _ring.Forge(16, First | More | 4, 0);
        AssertRefused();
    }

    [Theory]
    [InlineData(0xFFFF_FFFFu)]
    [InlineData(0x0000_0001u)]
    public void An_announced_length_that_no_array_has_is_refused(uint high)
    {
        _ring.Forge(16, First | More | 8, 0, 0, high);
        AssertRefused();
    }

    [Fact]
    public void A_second_beginning_inside_a_message_is_refused()
    {
        _ring.Forge(32, First | More | 8, 0, 100, 0, First | More | 8, 0, 100, 0);
        AssertRefused();
    }

    [Fact]
    public void Parts_beyond_the_announced_length_are_refused()
    {
        _ring.Forge(32, First | More | 8, 0, 7, 0, More | 8, 0, 1, 1);
        AssertRefused();
    }

    [Fact]
    public void A_last_part_too_early_is_refused()
    {
        _ring.Forge(32, First | More | 8, 0, 9, 0, 8, 0, 1, 1);
        AssertRefused();
    }

    [Fact]
    public void A_first_part_that_is_the_last_as_well_is_refused()
    {
        _ring.Forge(16, First | 8, 0, 9, 0);
        AssertRefused();
    }

    [Fact]
    public void Random_frames_are_messages_or_refused()
    {
        Random random = new(4711);
        uint[] words = new uint[RingPair.Capacity / sizeof(uint)];
        int refused = 0;
        for (int round = 0; round < 2_000; round++)
        {
            using RingPair ring = new();
            for (int i = 0; i < 64; i++)
            {
                words[i] = (uint)random.NextInt64() & ((1u << random.Next(32)) | More | First | 31);
            }

            ring.Forge((ulong)random.Next(RingPair.Capacity * 2), words);
            try
            {
                while (ring.Receiver.TryReceive(out RingMessage message))
                {
                    Assert.InRange(message.Length, 0, RingPair.Capacity);
                    ring.Receiver.Release();
                }
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 2_000);
    }

    private void AssertRefused() => Assert.Throws<InvalidDataException>(() => _ring.Receiver.TryReceive(out _));
}
