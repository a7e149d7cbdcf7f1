using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Tests.Synchronizing;

/// <summary>What all waits have in common, shown with one for which nothing ever comes.</summary>
public sealed class PendingWaitTests
{
    private const int Limit = 60_000;

    /// <summary>
    /// A death is noticed within 100 ms: there are two slices in that, each look comes right after a slice without a wake-up, and
    /// between two slices is nothing but a look.
    /// </summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_NothingComes_LooksForTheDeadAfterEachSlice(bool asynchronously)
    {
        using RawSharedValue<int> owner = new();
        FakeWait wait = new(owner, looks: 3);
        Assert.True(await RunAsync(wait, Deadline.Never, CancellationToken.None, asynchronously));

        Assert.InRange(PendingWait.SliceMilliseconds, 1, 50);
        Assert.Equal(3, wait.Calls.Count(static call => call == 'L'));

        // The thread of many waits may be woken for another one, and then asks this one too; never the other way round.
        Assert.DoesNotContain("LL", wait.Calls, StringComparison.Ordinal);
        if (!asynchronously)
        {
            Assert.Equal("TLTLTL", wait.Calls);
        }
    }

    [Theory]
    [InlineData(-1, 50)]
    [InlineData(3_600_000, 50)]
    [InlineData(0, 0)]
    public void AsyncWait_SleepsNoLongerThanASlice(int milliseconds, int expected)
    {
        using RawSharedValue<int> owner = new();
        AsyncWait wait = new(new FakeWait(owner, looks: 1), Deadline.In(TimeSpan.FromMilliseconds(milliseconds)), CancellationToken.None);

        Assert.Equal(expected, wait.MillisecondsToLook);
    }

    [Fact(Timeout = Limit)]
    public async Task GrowingSlice_GrowsWithTheWaitBetweenItsBounds()
    {
        using RawSharedValue<int> owner = new();
        FakeWait wait = new(owner, looks: 1);

        Assert.Equal(1_000_000, wait.SliceBetween(1_000_000, 2_000_000));
        await Eventually.TrueAsync(() => wait.SliceBetween(1, 1_000_000) > 5);
        Assert.Equal(5, wait.SliceBetween(1, 5));
    }

    /// <summary>Whoever leaves without having finished gives up, once, however early.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_OverBeforeItBegins_GivesUp(bool asynchronously)
    {
        using RawSharedValue<int> owner = new();
        FakeWait cancelled = new(owner, looks: 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(cancelled, Deadline.Never, new CancellationToken(true), asynchronously));
        Assert.Equal("G", cancelled.Calls);

        owner.Dispose();
        FakeWait disposed = new(owner, looks: 1);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => RunAsync(disposed, Deadline.Never, CancellationToken.None, asynchronously));
        Assert.Equal("G", disposed.Calls);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_DeadlineHasPassed_LooksOnceAndGivesUp(bool asynchronously)
    {
        using RawSharedValue<int> owner = new();
        FakeWait wait = new(owner, looks: 1);

        Assert.False(await RunAsync(wait, Deadline.In(TimeSpan.Zero), CancellationToken.None, asynchronously));
        Assert.Equal("TG", wait.Calls);
    }

    /// <summary>A sleep that would last an hour.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Dispose_DuringALongSleep_EndsIt(bool asynchronously, bool canBeCancelled)
    {
        using CancellationTokenSource never = new();
        RawSharedValue<int> owner = new();
        FakeWait wait = new(owner, looks: 1) { SliceOrNull = 3_600_000 };
        Task<bool> waiting = RunAsync(wait, Deadline.Never, canBeCancelled ? never.Token : default, asynchronously);
        await Eventually.TrueAsync(() => wait.Calls.Length > 0);

        owner.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.EndsWith("G", wait.Calls, StringComparison.Ordinal);
    }

    /// <summary>A sleep that would last an hour.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Run_SomebodyDiesDuringALongSleep_LooksAtOnce(bool asynchronously, bool canBeCancelled)
    {
        using CancellationTokenSource never = new();
        using RawSharedValue<int> owner = new();
        FakeWait wait = new(owner, looks: 1) { SliceOrNull = 3_600_000 };
        using WorkerProcess worker = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        Task<bool> waiting = RunAsync(wait, Deadline.Never, canBeCancelled ? never.Token : default, asynchronously);
        await Eventually.TrueAsync(() => wait.Calls.Length > 0);

        worker.Kill();

        Assert.True(await waiting);
        Assert.EndsWith("L", wait.Calls, StringComparison.Ordinal);
        await worker.JoinAsync().Watched();
    }

    [Theory]
    [InlineData(true, 0, 500)]
    [InlineData(true, 499, 500)]
    [InlineData(true, 500, PendingWait.ToldSliceMilliseconds)]
    [InlineData(false, 500, 500)]
    [InlineData(false, 3_000, 1_500)]
    [InlineData(false, 300_000, 2_000)]
    public void PatientSlice_IsLongWhereDeathsAreTold(bool isTold, long waited, int expected) =>
        Assert.Equal(expected, PendingWait.PatientSlice(waited, 500, 2_000, isTold));

    /// <summary>What it has taken is used in the object's memory afterwards, and that may be another's by then.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_DisposedInTheMomentThatItIsDone_GivesBackWhatItHasTaken(bool asynchronously)
    {
        RawSharedValue<int> owner = new();
        FakeWait wait = new(owner, looks: 1) { OnLook = owner.Dispose };

        await Assert.ThrowsAsync<ObjectDisposedException>(() => RunAsync(wait, Deadline.Never, CancellationToken.None, asynchronously));
        Assert.EndsWith("LUG", wait.Calls, StringComparison.Ordinal);
    }

    [Fact]
    public void Finish_OfALock_GivesItBackWhenDisposed()
    {
        using InterprocessLock gate = new();
        InterprocessLock copy = Pickle.Loads<InterprocessLock>(Pickle.Dumps(gate))!;
        LockWait wait = new(copy, WordOf(gate));
        Assert.True(wait.TryFinish(out _));
        copy.Dispose();

        Assert.Throws<ObjectDisposedException>(wait.Finish);
        Assert.False(gate.IsHeld);
    }

    [Fact]
    public void Finish_OfAReaderOrWriter_GivesTheLockBackWhenDisposed()
    {
        using InterprocessReaderWriterLock gate = new();
        gate.AcquireRead().Dispose();
        InterprocessReaderWriterLock copy = Pickle.Loads<InterprocessReaderWriterLock>(Pickle.Dumps(gate))!;
        ReadWait read = new(copy, WordsOf(gate), slot: 0);
        Assert.True(read.TryFinish(out _));
        WriteWait write = new(copy, WordsOf(gate));
        copy.Dispose();

        Assert.Throws<ObjectDisposedException>(read.Finish);
        Assert.Equal(0, gate.ReaderCount);
        Assert.True(write.TryFinish(out _));
        Assert.Throws<ObjectDisposedException>(write.Finish);
        write.GiveUp();
        gate.AcquireWrite(TimeSpan.FromSeconds(1)).Dispose();
    }

    private static unsafe OwnedWord WordOf(InterprocessLock gate) => new(gate.Cell.Payload);

    private static unsafe ReaderWriterWords WordsOf(InterprocessReaderWriterLock gate) => new(gate.Cell.Payload);

    private static Task<bool> RunAsync(PendingWait wait, Deadline deadline, CancellationToken cancellationToken, bool asynchronously) =>
        asynchronously
            ? AsyncWaits.Run(wait, deadline, cancellationToken).Watched()
            : Watchdog.Run(() => BlockingWait.Run(wait, deadline, cancellationToken));

    /// <summary>Writes down what it is asked: T to finish, L to look for the dead, U to undo, G to give up.</summary>
    private sealed class FakeWait(RawSharedValue<int> owner, int looks) : PendingWait(owner)
    {
        private int _left = looks;

        public string Calls { get; private set; } = "";

        public override int Slice => SliceOrNull ?? base.Slice;

        public int? SliceOrNull { get; init; }

        public Action? OnLook { get; init; }

        public int SliceBetween(int least, int most) => GrowingSlice(least, most);

        public override unsafe bool TryFinish(out WaitTarget target)
        {
            Calls += 'T';
            target = new WaitTarget((int*)((RawSharedValue<int>)Owner).Cell.Payload, 0);
            return false;
        }

        public override bool LookForDead()
        {
            Calls += 'L';
            OnLook?.Invoke();
            return --_left == 0;
        }

        protected override bool TryUndo()
        {
            Calls += 'U';
            return true;
        }

        public override void GiveUp() => Calls += 'G';
    }
}
