using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Utils;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Messaging;

public sealed class RingChannelTests
{
    private const int Capacity = 64 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(-4096)]
    [InlineData(512)]
    [InlineData(Capacity + 4096)]
    public void Create_NotAPowerOfTwoOfPages_Throws(int capacity)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RingChannel.Create(capacity, Capacity));
        Assert.Throws<ArgumentOutOfRangeException>(() => RingChannel.Create(Capacity, capacity));
    }

    [Fact]
    public unsafe void Open_MapsTheSameRings()
    {
        using RingChannel host = RingChannel.Create(Capacity, 2 * Capacity);
        using RingChannel worker = RingChannel.Open(Duplicate(host.Handle));
        Assert.Equal(Capacity, worker.RequestCapacity);
        Assert.Equal(2 * Capacity, worker.ReplyCapacity);

        RingSender requests = host.RequestSender();
        using RingReceiver atWorker = worker.RequestReceiver(worker.HostBell);
        RingSender replies = worker.ReplySender(worker.HostBell);
        using RingReceiver atHost = host.ReplyReceiver();
        Assert.True(requests.TrySend(new BytesSource([1, 2, 3]), 7));
        Assert.True(atWorker.TryReceive(out RingMessage request));
        Assert.True(replies.TrySend(new BytesSource(request.Span.ToArray()), request.Tag + 1));
        Assert.True(atHost.TryReceive(out RingMessage reply));
        Assert.Equal([1, 2, 3], reply.Span.ToArray());
        Assert.Equal(8u, reply.Tag);

        *(int*)host.Status = 77;
        Assert.Equal(77, *(int*)worker.Status);
    }

    [Fact]
    public void Open_MemoryThatIsNoChannel_Throws()
    {
        using SharedPages small = SharedPages.Create("no-channel", (nuint)Environment.SystemPageSize);
        Assert.Throws<InvalidDataException>(() => RingChannel.Open(Duplicate(small.Handle)));
        using SharedPages blank = SharedPages.Create("no-channel", 1 << 20);
        Assert.Throws<InvalidDataException>(() => RingChannel.Open(Duplicate(blank.Handle)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(8, 2)]
    [InlineData(12, Capacity + 1)]
    [InlineData(12, 1 << 30)]
    [InlineData(16, 0)]
    public unsafe void Open_ChannelWithABrokenHeader_Throws(int offset, int value)
    {
        using RingChannel channel = RingChannel.Create(Capacity, Capacity);
        *(int*)(channel.Status - 192 + offset) = value;
        Assert.Throws<InvalidDataException>(() => RingChannel.Open(Duplicate(channel.Handle)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandon_WakesWhoeverWaitsOnEitherSide()
    {
        using RingChannel channel = RingChannel.Create(Capacity, Capacity);
        Task worker = Task.Run(() =>
        {
            using RingReceiver requests = channel.RequestReceiver(channel.HostBell);
            requests.Receive(out _, channel.WorkerBell, SpinBudget.None, Deadline.In(RingPair.Watchdog));
        });
        Task host = Task.Run(() => channel.RequestSender().Send(
            new BytesSource(new byte[0]), 0, channel.HostBell, SpinBudget.None, Deadline.Never));
        await host;
        await worker;

        worker = Task.Run(() =>
        {
            using RingReceiver requests = channel.RequestReceiver(channel.HostBell);
            Assert.True(requests.TryReceive(out _));
            requests.Release();
            requests.Receive(out _, channel.WorkerBell, SpinBudget.None, Deadline.In(RingPair.Watchdog));
        });
        using RingReceiver replies = channel.ReplyReceiver();
        host = Task.Run(() => replies.Receive(out _, channel.HostBell, SpinBudget.None, Deadline.In(RingPair.Watchdog)));
        await Eventually.TrueAsync(() => channel.HostBell.IsAwaited && channel.WorkerBell.IsAwaited);

        // As if the other side had died between taking the announcement and waking.
        channel.HostBell.Withdraw();
        channel.WorkerBell.Withdraw();
        channel.Abandon();
        await Assert.ThrowsAsync<RingClosedException>(() => worker);
        await Assert.ThrowsAsync<RingClosedException>(() => host);
    }

    private static SafeFileHandle Duplicate(SafeFileHandle handle) =>
        File.OpenHandle($"/proc/self/fd/{handle.DangerousGetHandle()}", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
}
