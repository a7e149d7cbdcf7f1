using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Handles and objects that are disposed, and waits that are cancelled before they begin.</summary>
public sealed class InterprocessReaderWriterLockEndingTests
{
    private const int Limit = 60_000;

    [Fact]
    public void Acquire_TokenCancelledBefore_ThrowsAndTakesNothing()
    {
        using InterprocessReaderWriterLock gate = new();
        CancellationToken cancelled = new(canceled: true);

        Assert.Throws<OperationCanceledException>(() => gate.AcquireRead(cancellationToken: cancelled));
        Assert.Throws<OperationCanceledException>(() => gate.AcquireWrite(cancellationToken: cancelled));
        Assert.True(gate.AcquireReadAsync(cancellationToken: cancelled).IsCanceled);
        Assert.True(gate.AcquireWriteAsync(cancellationToken: cancelled).IsCanceled);
        Assert.NotNull(gate.TryAcquireWrite());
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_DisposedTwiceOrOnAnotherThread_ReleasesOnce()
    {
        using InterprocessReaderWriterLock gate = new();
        LockHandle first = gate.AcquireRead();
        using LockHandle second = gate.AcquireRead();
        await Watchdog.Run(first.Dispose);
        first.Dispose();
        Assert.Equal(1, gate.ReaderCount);
        second.Dispose();

        LockHandle writing = await gate.AcquireWriteAsync();
        await Watchdog.Run(writing.Dispose);
        using LockHandle next = gate.AcquireWrite();
        writing.Dispose();
        Assert.True(gate.IsWriteHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileOthersWait_ThrowsInThem()
    {
        InterprocessReaderWriterLock gate = new();
        LockHandle writing = gate.AcquireWrite();
        Task[] waits =
        [
            Watchdog.Run(() => gate.AcquireRead()),
            Watchdog.Run(() => gate.AcquireWrite()),
            gate.AcquireReadAsync().AsTask(),
            gate.AcquireWriteAsync().AsTask(),
        ];
        gate.Dispose();

        foreach (Task wait in waits)
        {
            Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(wait));
        }

        writing.Dispose();
    }

    [Fact]
    public void EveryMember_AfterDispose_Throws()
    {
        InterprocessReaderWriterLock gate = new();
        gate.Dispose();
        gate.Dispose();

        Assert.Throws<ObjectDisposedException>(() => gate.AcquireRead());
        Assert.Throws<ObjectDisposedException>(() => gate.AcquireWrite());
        Assert.Throws<ObjectDisposedException>(() => gate.TryAcquireRead());
        Assert.Throws<ObjectDisposedException>(() => gate.TryAcquireWrite());
        Assert.Throws<ObjectDisposedException>(() => gate.ReaderCount);
        Assert.Throws<ObjectDisposedException>(() => gate.IsWriteHeld);
        Watchdog.ThrownAtCall<ObjectDisposedException>(() => _ = gate.TryAcquireReadAsync());
        Watchdog.ThrownAtCall<ObjectDisposedException>(() => _ = gate.TryAcquireWriteAsync());
        Assert.Contains("disposed", gate.ToString(), StringComparison.Ordinal);
    }
}
