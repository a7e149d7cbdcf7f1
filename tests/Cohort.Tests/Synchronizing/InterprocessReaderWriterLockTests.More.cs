using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>More of what the lock does.</summary>
public sealed partial class InterprocessReaderWriterLockTests
{
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

    [Fact(Timeout = Limit)]
    public async Task Argument_Closure_Result_AreTheSameLock()
    {
        using InterprocessReaderWriterLock gate = new();
        await using ProcessPool pool = new(1);
        using LockHandle reading = gate.AcquireRead();

        Assert.Equal((1, true), await pool.ApplyAsync(static g => (g.ReaderCount, g.TryAcquireWrite() is null), gate).Watched());
        Assert.Equal((1, true), await pool.ApplyAsync(() => (gate.ReaderCount, gate.TryAcquireWrite() is null)).Watched());
        using InterprocessReaderWriterLock made = await pool.ApplyAsync(static () => new InterprocessReaderWriterLock()).Watched();
        Assert.NotNull(made.TryAcquireWrite());
    }

    [Fact(Timeout = Limit)]
    public async Task OpenOrCreate_InAnotherProcess_IsTheSameLock()
    {
        string name = $"test-{Guid.NewGuid():N}";
        using InterprocessReaderWriterLock gate = InterprocessReaderWriterLock.OpenOrCreate(name);
        try
        {
            await using ProcessPool pool = new(1);
            using LockHandle writing = gate.AcquireWrite();
            Assert.True(await pool.ApplyAsync(static n => InterprocessReaderWriterLock.Open(n).IsWriteHeld, name).Watched());
        }
        finally
        {
            SharedObject.Unlink(name);
        }
    }

    [Fact]
    public unsafe void AcquireRead_AllPlacesTakenByTheLiving_ThrowsUntilOneDies()
    {
        using InterprocessReaderWriterLock gate = new();
        const int Header = 64;
        const int Slot = 32;
        int parent = ProcessStat.Of(Environment.ProcessId)!.Value.ParentId;
        long living = OwnedWord.TagOf(ProcessIdentity.Of(parent)!.Value);
        *(int*)(gate.Cell.Payload + 12) = ReaderWriterWords.MaxProcesses;
        for (int i = 0; i < ReaderWriterWords.MaxProcesses; i++)
        {
            *(long*)(gate.Cell.Payload + Header + (i * Slot)) = living;
        }

        Assert.Throws<InvalidOperationException>(() => gate.AcquireRead());

        // The same process id with another time of start is a process that is gone, here with readers inside.
        *(long*)(gate.Cell.Payload + Header + (5 * Slot)) = living + (1L << 32);
        *(int*)(gate.Cell.Payload + Header + (5 * Slot) + 8) = 3;
        using (gate.AcquireRead())
        {
            Assert.Equal(1, gate.ReaderCount);
        }

        Assert.NotNull(gate.TryAcquireWrite());
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireWrite_ReaderKilled_IsNotKeptOut()
    {
        using InterprocessReaderWriterLock gate = new();
        await KillInsideAsync(gate, static g => g.AcquireRead());

        Assert.Equal(0, gate.ReaderCount);
        using LockHandle? writing = gate.TryAcquireWrite();
        Assert.NotNull(writing);
        Assert.False(writing.Abandoned);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_WriterKilled_TellsReadersUpToAndWithTheNextWriter()
    {
        using InterprocessReaderWriterLock gate = new();
        await KillInsideAsync(gate, static g => g.AcquireWrite());

        (await gate.AcquireReadAsync().AsTask().Watched()).Dispose();
        using (LockHandle reading = await Watchdog.Run(() => gate.AcquireRead()))
        {
            Assert.True(reading.Abandoned);
        }

        using (LockHandle writing = await Watchdog.Run(() => gate.AcquireWrite()))
        {
            Assert.True(writing.Abandoned);
        }

        using (LockHandle reading = gate.AcquireRead())
        {
            Assert.False(reading.Abandoned);
        }

        using LockHandle last = gate.AcquireWrite();
        Assert.False(last.Abandoned);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_WriterKilledWhileItWaitedForReaders_TellsNobody()
    {
        using InterprocessReaderWriterLock gate = new();
        using LockHandle reading = gate.AcquireRead();
        using WorkerProcess worker = WorkerProcess.Start(static g => { g.AcquireWrite(); }, gate);
        await WriterWaitsAsync(gate);
        Task<LockHandle> late = gate.AcquireReadAsync().AsTask();
        worker.Kill();
        using LockHandle more = await late.Watched();

        Assert.False(more.Abandoned);
        await worker.JoinAsync().Watched();
    }

    private static Task WriterWaitsAsync(InterprocessReaderWriterLock gate) => Eventually.TrueAsync(() =>
    {
        using LockHandle? reading = gate.TryAcquireRead();
        return reading is null;
    });

    /// <summary>Kills a process that holds the lock, and waits for its end.</summary>
    private static async Task KillInsideAsync(
        InterprocessReaderWriterLock gate, Func<InterprocessReaderWriterLock, LockHandle> acquire)
    {
        using RawSharedValue<int> isInside = new();
        using WorkerProcess worker = WorkerProcess.Start(() =>
        {
            acquire(gate);
            isInside.Value = 1;
            Thread.Sleep(Timeout.Infinite);
        });
        await Eventually.TrueAsync(() => isInside.Value == 1);
        worker.Kill();
        await worker.JoinAsync().Watched();
    }
}
