using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Tests.Messaging;

/// <summary>What every connection does, whatever its messages travel through.</summary>
public abstract partial class ConnectionConformanceTests
{
    protected const int Limit = 120_000;

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(30);

    /// <summary>Whether the descriptor says exactly when something can be received.</summary>
    protected virtual bool HandleIsExact => true;

    /// <summary>A length for which there is no room in a line that has none for 5000 bytes, however long one waits.</summary>
    protected virtual int LengthThatBlocks => 5000;

    /// <summary>Whether what was sent still arrives when the sender closes in the middle of a later message.</summary>
    protected virtual bool CloseKeepsWhatWasSent => true;

    /// <summary>Why an end cannot be sent to another process; null when it can.</summary>
    protected virtual string? WhyItCannotTravel => null;

    /// <summary>Two ends in this process.</summary>
    protected abstract (Connection First, Connection Second) Create();

    [Fact(Timeout = Limit)]
    public async Task Send_ObjectsOfManyTypes_ArriveEqual()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            object?[] values = [1, "two", 3.5, null, new[] { 1, 2, 3 }, new List<string> { "x" }, (1, "pair"), DateTime.UnixEpoch, new Version(1, 2), long.MinValue];
            await Watchdog.Run(() =>
            {
                foreach (object? value in values)
                {
                    a.Send(value);
                    Assert.Equal(value, b.Receive<object?>());
                    b.Send(value);
                    Assert.Equal(value, a.Receive<object?>());
                }
            });
        }
    }

    [Fact(Timeout = Limit)]
    public async Task TryReceiveBytes_EachForm_SaysWhetherThereWasAMessage()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            byte[] room = new byte[4];
            Assert.False(b.TryReceiveBytes(out byte[]? none));
            Assert.Null(none);
            Assert.False((await b.TryReceiveBytesAsync()).HasValue);
            Assert.False(b.TryReceiveBytesInto(room, out int nothing));
            Assert.Equal(0, nothing);
            Assert.False((await b.TryReceiveBytesIntoAsync(room)).HasValue);
            for (byte i = 1; i <= 4; i++)
            {
                a.SendBytes([i, i]);
            }

            Assert.True(b.TryReceiveBytes(out byte[]? first, timeout: Watchdog.Limit));
            Assert.Equal([1, 1], first);
            Assert.Equal([2, 2], (await b.TryReceiveBytesAsync(timeout: Watchdog.Limit)).Value);
            Assert.True(b.TryReceiveBytesInto(room, out int length, Watchdog.Limit));
            Assert.Equal([3, 3], room[..length]);
            Assert.Equal(2, (await b.TryReceiveBytesIntoAsync(room, Watchdog.Limit)).Value);
            Assert.Equal([4, 4], room[..2]);
            a.SendBytes(new byte[5]);
            Assert.Throws<BufferTooShortException>(() => b.TryReceiveBytesInto(room, out _, Watchdog.Limit));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Receive_BaseTypeOfWhatWasSent_GivesTheSubtype()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            await Watchdog.Run(() =>
            {
                a.Send<Exception>(new InvalidOperationException("no"));
                Assert.Equal("no", Assert.IsType<InvalidOperationException>(b.Receive<Exception>()).Message);
                a.Send<string?>(null);
                Assert.Null(b.Receive<int?>());
            });
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(65_536)]
    [InlineData(262_144)]
    [InlineData(1_000_001)]
    [InlineData(16 << 20)]
    public async Task SendBytes_AnyLength_ArrivesWhole(int length)
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            byte[] message = new byte[length];
            new Random(length).NextBytes(message);
            Task<byte[]> received = Watchdog.Run(() => b.ReceiveBytes());
            await Watchdog.Run(() => a.SendBytes(message));
            AssertSame(message, await received);

            ValueTask<byte[]> later = a.ReceiveBytesAsync();
            await b.SendBytesAsync(message).AsTask().Watched();
            AssertSame(message, await later.AsTask().Watched());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Send_ArrayOfSixteenMebibytes_ArrivesEqual()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            long[] numbers = [.. Enumerable.Range(0, 2 << 20).Select(static i => (long)i * i)];
            Task<long[]> received = Watchdog.Run(() => b.Receive<long[]>());
            await Watchdog.Run(() => a.Send(numbers));
            AssertSame(numbers, await received);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task SendBytes_PartOfAnArray_SendsThatPart()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            byte[] buffer = [.. "abcdefghijklmnopqrstuvwxyz"u8];
            await Watchdog.Run(() =>
            {
                a.SendBytes(buffer, 7);
                Assert.Equal(buffer[7..], b.ReceiveBytes());
                a.SendBytes(buffer, 7, 3);
                Assert.Equal(buffer[7..10], b.ReceiveBytes());
                a.SendBytes(buffer, 26);
                Assert.Empty(b.ReceiveBytes());
                a.SendBytes(buffer, 26, 0);
                Assert.Empty(b.ReceiveBytes());
            });
            Assert.Throws<ArgumentOutOfRangeException>(() => a.SendBytes(buffer, 27));
            Assert.Throws<ArgumentOutOfRangeException>(() => a.SendBytes(buffer, -1));
            Assert.Throws<ArgumentOutOfRangeException>(() => a.SendBytes(buffer, 22, 5));
            Assert.Throws<ArgumentOutOfRangeException>(() => a.SendBytes(buffer, 26, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => a.SendBytes(buffer, 4, -1));
            Assert.False(b.Poll());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task ReceiveBytesInto_TooShort_KeepsTheMessageInTheException()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            byte[] buffer = new byte[10];
            await Watchdog.Run(() =>
            {
                a.SendBytes("hello"u8);
                Assert.Equal(5, b.ReceiveBytesInto(buffer.AsSpan(3)));
                Assert.Equal("\0\0\0hello\0\0"u8.ToArray(), buffer);
                a.SendBytes(new byte[40]);
                a.SendBytes([9]);
                BufferTooShortException fault = Assert.Throws<BufferTooShortException>(() => b.ReceiveBytesInto(buffer));
                Assert.Equal(40, fault.Bytes.Length);
                Assert.Equal([9], b.ReceiveBytes());
            });
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReceiveBytesInto_LongMessages_AreGatheredInTheBuffer(bool isAsync)
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            byte[] message = new byte[3_000_000];
            new Random(5).NextBytes(message);
            Task sender = Watchdog.Run(() =>
            {
                a.SendBytes(message);
                a.SendBytes(message);
                a.SendBytes(message);
                a.SendBytes([9]);
            });

            byte[] exact = new byte[message.Length];
            Assert.Equal(message.Length, await Into(exact));
            Assert.Equal(message, exact);

            byte[] larger = new byte[message.Length + 2];
            larger[^1] = 77;
            Assert.Equal(message.Length, await Into(larger));
            Assert.Equal(message, larger[..message.Length]);
            Assert.Equal([0, 77], larger[^2..]);

            byte[] shorter = new byte[message.Length - 1];
            BufferTooShortException fault = await Assert.ThrowsAsync<BufferTooShortException>(() => Into(shorter));
            Assert.Equal(message, fault.Bytes);
            Assert.Equal(1, await Into(exact));
            await sender;
        }

        Task<int> Into(byte[] buffer) => isAsync
            ? b.ReceiveBytesIntoAsync(buffer).AsTask().Watched()
            : Watchdog.Run(() => b.ReceiveBytesInto(buffer));
    }

    [Fact(Timeout = Limit)]
    public async Task ReceiveBytes_LongerThanAllowed_MakesTheConnectionUnreadable()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => b.ReceiveBytes(maxLength: -1));
            await Watchdog.Run(() =>
            {
                a.SendBytes(new byte[100]);
                Assert.Equal(100, b.ReceiveBytes(maxLength: 100).Length);
                a.SendBytes(new byte[101]);
                MessageTooLongException fault = Assert.Throws<MessageTooLongException>(() => b.ReceiveBytes(maxLength: 100));
                Assert.Equal((101, 100), (fault.Length, fault.MaxLength));
                Assert.False(b.IsReadable);
                Assert.Throws<InvalidOperationException>(() => b.ReceiveBytes());
            });
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Receive_OtherTypeThanWasSent_ThrowsAndTakesTheMessage()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            await Watchdog.Run(() =>
            {
                a.Send("text");
                a.Send<object?>(null);
                a.SendBytes(new byte[] { 1, 2, 3 });
                a.Send(4);
                Assert.Throws<InvalidCastException>(() => b.Receive<int>());
                Assert.Throws<InvalidCastException>(() => b.Receive<int>());
                Assert.Throws<PickleException>(() => b.Receive<int>());
                Assert.Equal(4, b.Receive<int>());

                // To the runtime, each of these is what is asked for.
                a.Send(new byte[1]);
                a.Send(new byte[1]);
                a.Send(new[] { 1 });
                a.Send(new[] { "x" });
                Assert.Throws<InvalidCastException>(() => b.Receive<sbyte[]>());
                Assert.Throws<InvalidCastException>(() => b.Receive<IList<sbyte>>());
                Assert.Throws<InvalidCastException>(() => b.Receive<DayOfWeek[]>());
                Assert.Equal("x", b.Receive<object[]>()[0]);
                a.Send(new[] { 7 });
                Assert.Equal([7], b.Receive<IReadOnlyList<int>>());
            });
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Send_WhatCannotTravel_SendsNothing()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Assert.Throws<PickleException>(() => a.Send<object[]>([1, Thread.CurrentThread]));
            await Assert.ThrowsAsync<PickleException>(async () => await a.SendAsync<object[]>([1, Thread.CurrentThread]));
            Assert.False(b.Poll());
            await Watchdog.Run(() => a.Send(5));
            Assert.Equal(5, await Watchdog.Run(() => b.Receive<int>()));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Poll_MessagesOfAnyLength_NeitherTakesNorMergesThem()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Assert.False(b.Poll());
            Assert.False(b.Poll(s_short));
            Assert.False(await b.PollAsync(s_short).AsTask().Watched());
            await Watchdog.Run(() =>
            {
                a.SendBytes([]);
                Assert.True(b.Poll(Timeout.InfiniteTimeSpan));
                Assert.True(b.Poll());
                Assert.Empty(b.ReceiveBytes());
                Assert.False(b.Poll());
                a.SendBytes([1]);
                a.SendBytes([2, 3]);
                Assert.True(b.Poll(Timeout.InfiniteTimeSpan));
                Assert.True(b.Poll());
                Assert.Equal([1], b.ReceiveBytes());
                Assert.True(b.Poll(Timeout.InfiniteTimeSpan));
                Assert.Equal([2, 3], b.ReceiveBytes());
                Assert.False(b.Poll());
            });
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Close_AfterSending_PeerReceivesAllAndThenTheEnd()
    {
        (Connection a, Connection b) = Create();
        using (b)
        {
            a.Send("last");
            a.Close();
            Assert.True(await Watchdog.Run(() => b.Poll(Timeout.InfiniteTimeSpan)));
            Assert.Equal("last", await Watchdog.Run(() => b.Receive<string>()));
            Assert.True(await Watchdog.Run(() => b.Poll(Timeout.InfiniteTimeSpan)));
            await Assert.ThrowsAsync<EndOfStreamException>(() => Watchdog.Run(() => b.Receive<string>()));
            await Assert.ThrowsAsync<EndOfStreamException>(() => b.ReceiveBytesAsync().AsTask().Watched());
            await Eventually.TrueAsync(() => Record.Exception(() => b.Send(1)) is IOException);
        }
    }

    [Fact(Timeout = Limit)]
    public void Close_Twice_IsHarmlessAndEverythingElseThrows()
    {
        (Connection a, Connection b) = Create();
        using (b)
        {
            Assert.False(a.IsClosed);
            a.Close();
            a.Dispose();
            Assert.True(a.IsClosed);
            Assert.Throws<ObjectDisposedException>(() => a.Send(1));
            Assert.Throws<ObjectDisposedException>(() => a.Receive<int>());
            Assert.Throws<ObjectDisposedException>(() => a.Poll());
            Assert.Throws<ObjectDisposedException>(() => a.Handle);
            Assert.Throws<ObjectDisposedException>(() => Connection.WaitAny([a]));
            Assert.Contains("closed", a.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Receive_NothingInTime_SaysSo()
    {
        (Connection a, Connection b) = Create();
        using (a)
        using (b)
        {
            Assert.False(b.TryReceive(out int _));
            Assert.False(b.TryReceive(out int _, s_short));
            Assert.False((await b.TryReceiveAsync<int>(s_short).AsTask().Watched()).HasValue);
            Assert.Throws<TimeoutException>(() => b.Receive<int>(s_short));
            await Assert.ThrowsAsync<TimeoutException>(() => b.ReceiveBytesAsync(timeout: s_short).AsTask().Watched());
            Assert.Throws<ArgumentOutOfRangeException>(() => b.Receive<int>(TimeSpan.FromSeconds(-2)));
        }
    }

    /// <summary>Faster than xUnit's own for millions, and without printing them.</summary>
    private static void AssertSame<T>(T[] expected, T[] actual) =>
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{actual.Length} elements came, not the {expected.Length} that were sent");
}
