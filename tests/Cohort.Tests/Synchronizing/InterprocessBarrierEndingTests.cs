using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Waits that are cancelled, and disposal.</summary>
public sealed class InterprocessBarrierEndingTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Wait_Cancelled_breaks_for_all_and_itself_is_cancelled()
    {
        using InterprocessBarrier barrier = new(4);
        using CancellationTokenSource source = new();
        Task<int> asynchronous = barrier.WaitAsync(cancellationToken: source.Token).AsTask();
        Task<int> blocking = Watchdog.Run(() => barrier.Wait(cancellationToken: source.Token));
        Task<int> other = barrier.WaitAsync().AsTask();
        await Eventually.TrueAsync(() => barrier.WaitingCount == 3);
        await source.CancelAsync();

        Assert.Equal(BarrierBreakReason.Cancellation, (await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched())).Reason);
        Exception[] faults = [await Watchdog.FaultOf(asynchronous), await Watchdog.FaultOf(blocking)];

        // The second of the two may find it broken by the first before it sees its own token.
        Assert.Contains(faults, static fault => fault is OperationCanceledException);
        Assert.All(faults, static fault => Assert.True(fault is OperationCanceledException or BarrierBrokenException));
        Assert.True(barrier.IsBroken);
    }

    [Fact]
    public void Wait_Token_cancelled_before_breaks_nothing()
    {
        using InterprocessBarrier barrier = new(2);
        CancellationToken cancelled = new(canceled: true);

        Assert.Throws<OperationCanceledException>(() => barrier.Wait(cancellationToken: cancelled));
        Assert.True(barrier.WaitAsync(cancellationToken: cancelled).IsCanceled);
        Assert.False(barrier.IsBroken);
        Assert.Equal(0, barrier.WaitingCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_While_parties_wait_throws_in_them_and_breaks_for_other_processes()
    {
        InterprocessBarrier barrier = new(4);
        await using ProcessPool pool = new(1);
        Task<int> other = pool.ApplyAsync(static b => b.Wait(), barrier);
        Task<int> asynchronous = barrier.WaitAsync().AsTask();
        Task<int> blocking = Watchdog.Run(() => barrier.Wait());
        await Eventually.TrueAsync(() => barrier.WaitingCount == 3);
        barrier.Dispose();

        Exception[] faults = [await Watchdog.FaultOf(asynchronous), await Watchdog.FaultOf(blocking)];
        Assert.Contains(faults, static fault => fault is ObjectDisposedException);
        Assert.Equal(BarrierBreakReason.Cancellation, (await Assert.ThrowsAsync<BarrierBrokenException>(() => other.Watched())).Reason);
    }

    [Fact]
    public void Every_member_after_Dispose_throws()
    {
        InterprocessBarrier barrier = new(2);
        barrier.Dispose();
        barrier.Dispose();

        Assert.Throws<ObjectDisposedException>(() => barrier.Wait());
        Assert.True(barrier.WaitAsync().AsTask().Exception?.InnerException is ObjectDisposedException);
        Assert.Throws<ObjectDisposedException>(barrier.Abort);
        Assert.Throws<ObjectDisposedException>(barrier.Reset);
        Assert.Throws<ObjectDisposedException>(() => barrier.IsBroken);
        Assert.Throws<ObjectDisposedException>(() => barrier.WaitingCount);
        Assert.Equal(2, barrier.Parties);
        Assert.Contains("disposed", barrier.ToString(), StringComparison.Ordinal);
    }
}
