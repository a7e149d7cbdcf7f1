using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Readers and writers whose process ends.</summary>
public sealed class InterprocessReaderWriterLockDeathTests
{
    private const int Limit = 60_000;

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
        await Waiters.WriterComesAsync(gate);
        Task<LockHandle> late = gate.AcquireReadAsync().AsTask();
        worker.Kill();
        using LockHandle more = await late.Watched();

        Assert.False(more.Abandoned);
        await worker.JoinAsync().Watched();
    }

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
