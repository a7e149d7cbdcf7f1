using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class InterprocessReaderWriterLockTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task AcquireRead_ManyThreads_AreInsideTogether()
    {
        using InterprocessReaderWriterLock gate = new();
        using Barrier inside = new(4);
        Task<int>[] readers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                using LockHandle handle = gate.AcquireRead();
                inside.SignalAndWait();
                int count = gate.ReaderCount;
                inside.SignalAndWait();
                return count;
            })),
        ];

        Assert.All(await Task.WhenAll(readers).Watched(), static count => Assert.Equal(4, count));
        Assert.Equal(0, gate.ReaderCount);
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireRead_InWorkers_AreInsideTogether()
    {
        using InterprocessReaderWriterLock gate = new();
        using InterprocessBarrier inside = new(3);
        await using ProcessPool pool = new(2);
        Task<int[]> counts = pool.MapAsync(_ => CountInside(gate, inside), Enumerable.Range(0, 2), chunkSize: 1);
        int here = await Watchdog.Run(() => CountInside(gate, inside));

        Assert.All([here, .. await counts.Watched()], static count => Assert.Equal(3, count));
        Assert.NotNull(gate.TryAcquireWrite());

        static int CountInside(InterprocessReaderWriterLock gate, InterprocessBarrier inside)
        {
            using LockHandle handle = gate.AcquireRead();
            inside.Wait();
            int count = gate.ReaderCount;
            inside.Wait();
            return count;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireWrite_InWorkersAndTasks_ExcludesEverybody()
    {
        using InterprocessReaderWriterLock gate = new();
        using RawSharedArray<long> pair = new(2);
        using RawSharedValue<int> torn = new();
        await using ProcessPool pool = new(2);
        Task<int[]> others = pool.MapAsync(_ => Use(gate, pair, torn), Enumerable.Range(0, 4), chunkSize: 1);
        Task here = Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                using (await gate.AcquireWriteAsync())
                {
                    pair[0]++;
                    pair[1]++;
                }

                using (await gate.AcquireReadAsync())
                {
                    torn.Value |= pair[0] == pair[1] ? 0 : 1;
                }
            }
        });
        await Task.WhenAll(others, here).Watched();

        Assert.Equal(0, torn.Value);
        Assert.Equal(500 + (4 * 500), pair[0]);

        static int Use(InterprocessReaderWriterLock gate, RawSharedArray<long> pair, RawSharedValue<int> torn)
        {
            for (int i = 0; i < 2500; i++)
            {
                if (i % 5 == 0)
                {
                    using LockHandle writing = gate.AcquireWrite();
                    pair[0]++;
                    Thread.SpinWait(20);
                    pair[1]++;
                }
                else
                {
                    using LockHandle reading = gate.AcquireRead();
                    torn.Value |= pair[0] == pair[1] ? 0 : 1;
                }
            }

            return 0;
        }
    }

    [Fact]
    public void TryAcquire_HeldToRead_AdmitsReadersOnly()
    {
        using InterprocessReaderWriterLock gate = new();
        using LockHandle reading = gate.AcquireRead();
        using LockHandle? more = gate.TryAcquireRead();

        Assert.NotNull(more);
        Assert.Null(gate.TryAcquireWrite());
        Assert.False(gate.IsWriteHeld);
        Assert.Equal(2, gate.ReaderCount);
        Assert.NotNull(gate.TryAcquireRead());
    }

    [Fact]
    public void TryAcquire_HeldToWrite_AdmitsNobody()
    {
        using InterprocessReaderWriterLock gate = new();
        using (LockHandle writing = gate.AcquireWrite())
        {
            Assert.True(gate.IsWriteHeld);
            Assert.False(writing.Abandoned);
            Assert.Null(gate.TryAcquireRead());
            Assert.Null(gate.TryAcquireWrite());
            Assert.Equal(0, gate.ReaderCount);
        }

        Assert.False(gate.IsWriteHeld);
        using LockHandle? reading = gate.TryAcquireRead();
        Assert.NotNull(reading);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_HeldPastTheTimeout_Throws()
    {
        using InterprocessReaderWriterLock gate = new();
        TimeSpan timeout = TimeSpan.FromMilliseconds(1);
        using (gate.AcquireRead())
        {
            Assert.Throws<TimeoutException>(() => gate.AcquireWrite(timeout));
            await Assert.ThrowsAsync<TimeoutException>(async () => await gate.AcquireWriteAsync(timeout));
        }

        using (gate.AcquireWrite())
        {
            Assert.Throws<TimeoutException>(() => gate.AcquireRead(timeout));
            await Assert.ThrowsAsync<TimeoutException>(async () => await gate.AcquireReadAsync(timeout));
            Assert.Null(await gate.TryAcquireReadAsync(timeout));
            Assert.Null(await gate.TryAcquireWriteAsync(timeout));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => gate.TryAcquireRead(TimeSpan.FromSeconds(-5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => gate.TryAcquireWrite(TimeSpan.FromSeconds(-5)));
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireWrite_WaitsForReaders_KeepsNewOnesOut()
    {
        using InterprocessReaderWriterLock gate = new();
        LockHandle reading = gate.AcquireRead();
        Task<LockHandle> writing = gate.AcquireWriteAsync().AsTask();
        await Waiters.WriterComesAsync(gate);
        Task<LockHandle> late = gate.AcquireReadAsync().AsTask();
        Assert.False(writing.IsCompleted);
        Assert.False(late.IsCompleted);

        reading.Dispose();
        LockHandle written = await writing.Watched();
        Assert.False(late.IsCompleted);
        Assert.Equal(0, gate.ReaderCount);

        written.Dispose();
        (await late.Watched()).Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireWrite_CancelledWhileReadersAreInside_LetsTheWaitingOnesIn()
    {
        using InterprocessReaderWriterLock gate = new();
        using CancellationTokenSource source = new();
        using LockHandle reading = gate.AcquireRead();
        Task<LockHandle> writing = gate.AcquireWriteAsync(cancellationToken: source.Token).AsTask();
        await Waiters.WriterComesAsync(gate);
        Task<LockHandle> asynchronous = gate.AcquireReadAsync().AsTask();
        Task<LockHandle> blocking = Watchdog.Run(() => gate.AcquireRead());
        await source.CancelAsync();

        Assert.IsType<TaskCanceledException>(await Watchdog.FaultOf(writing));
        (await asynchronous.Watched()).Dispose();
        (await blocking.Watched()).Dispose();
        Assert.Equal(1, gate.ReaderCount);
    }

    [Fact(Timeout = Limit)]
    public async Task AcquireWrite_TimesOutWhileReadersAreInside_LetsTheWaitingOnesIn()
    {
        using InterprocessReaderWriterLock gate = new();
        using LockHandle reading = gate.AcquireRead();
        Task<LockHandle?> writing = Watchdog.Run(() => gate.TryAcquireWrite(TimeSpan.FromMilliseconds(300)));
        Task<LockHandle> late = Watchdog.Run(() => gate.AcquireRead());

        Assert.Null(await writing);
        (await late).Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_CancelledAtRandom_LosesNoWakeUp()
    {
        using InterprocessReaderWriterLock gate = new();
        int count = 0;
        int done = 0;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(async () =>
        {
            Random random = new(n);
            for (int i = 0; i < 300; i++)
            {
                using CancellationTokenSource source = new(TimeSpan.FromMicroseconds(random.Next(500)));
                try
                {
                    if (random.Next(2) == 0)
                    {
                        using LockHandle handle = random.Next(2) == 0
                            ? await gate.AcquireWriteAsync(cancellationToken: source.Token)
                            : gate.AcquireWrite(cancellationToken: source.Token);
                        count++;
                        Interlocked.Increment(ref done);
                    }
                    else
                    {
                        using LockHandle handle = random.Next(2) == 0
                            ? await gate.AcquireReadAsync(cancellationToken: source.Token)
                            : gate.AcquireRead(cancellationToken: source.Token);
                    }
                }
                catch (OperationCanceledException)
                {
                }
            }
        }))).Watched();

        Assert.Equal(done, count);
        Assert.Equal(0, gate.ReaderCount);
        Assert.NotNull(gate.TryAcquireWrite());
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
}
