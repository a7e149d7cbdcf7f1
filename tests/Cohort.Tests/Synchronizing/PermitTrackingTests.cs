using System.Runtime.CompilerServices;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

public sealed class PermitTrackingTests
{
    private const int Limit = 60_000;

    private static readonly SemaphoreOptions s_tracking = new() { PermitTracking = true };

    /// <summary>This process's number with another start time: nobody's.</summary>
    private static readonly long s_dead = OwnedWord.TagOf(ProcessIdentity.Current) ^ (1L << 40);

    private static readonly long s_alive = OwnedWord.TagOf(ProcessStat.Of(1)!.Value.Identity);

    [Fact]
    public void Acquire_AndRelease_CountAsWithoutTracking()
    {
        using InterprocessSemaphore semaphore = new(2, s_tracking);
        Assert.True(semaphore.TryAcquire());
        semaphore.Acquire();
        Assert.False(semaphore.TryAcquire());
        Assert.Throws<TimeoutException>(() => semaphore.Acquire(TimeSpan.FromMilliseconds(1)));
        semaphore.Release(2);
        Assert.Equal(2, semaphore.CurrentCount);
        semaphore.Release(3);
        Assert.Equal(5, semaphore.CurrentCount);
        Assert.Equal(5, Total(semaphore));
    }

    [Fact]
    public void ToString_SaysWhoHolds()
    {
        using InterprocessSemaphore semaphore = new(3, s_tracking);
        Assert.Equal("InterprocessSemaphore (3 free)", semaphore.ToString());
        semaphore.Acquire();
        semaphore.Acquire();
        Assert.Equal($"InterprocessSemaphore (1 free, process {Environment.ProcessId} holds 2)", semaphore.ToString());
        semaphore.Release(2);
        Assert.Equal("InterprocessSemaphore (3 free)", semaphore.ToString());
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_ManyThreadsAndTasks_AllPermitsAreThereInTheEnd()
    {
        using InterprocessSemaphore semaphore = new(2, s_tracking);
        Task[] workers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    semaphore.Acquire();
                    semaphore.Release();
                }
            })),
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < 500; i++)
                {
                    await semaphore.AcquireAsync();
                    semaphore.Release();
                }
            })),
        ];
        await Task.WhenAll(workers).Watched();

        Assert.Equal(2, semaphore.CurrentCount);
        Assert.Equal(2, Total(semaphore));
        Assert.Equal(0, Waiters.Of(semaphore));
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_HolderOfAll_WaitersGetThem(bool asynchronously)
    {
        using BoundedInterprocessSemaphore semaphore = new(2, s_tracking);
        using WorkerProcess worker = WorkerProcess.Start(
            static s =>
            {
                s.Acquire();
                s.Acquire();
                Thread.Sleep(Timeout.Infinite);
            },
            semaphore);
        await Eventually.TrueAsync(() => semaphore.CurrentCount == 0);
        Task[] waits = [.. Enumerable.Range(0, 2).Select(_ => asynchronously ? semaphore.AcquireAsync().AsTask() : Watchdog.Run(() => semaphore.Acquire()))];
        await Waiters.ComeToAsync(semaphore, 2);
        Assert.DoesNotContain(waits, static wait => wait.IsCompleted);
        worker.Kill();
        await Task.WhenAll(waits).Watched();
        Assert.Equal(0, semaphore.CurrentCount);
        semaphore.Release(2);

        Assert.Equal(2, semaphore.CurrentCount);
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release());
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_EndsOfItselfWithAPermit_ItComesBackWithoutAWait()
    {
        using InterprocessSemaphore semaphore = new(1, s_tracking);
        using WorkerProcess worker = WorkerProcess.Start(static s => s.Acquire(), semaphore);
        await worker.JoinAsync().Watched();

        Assert.True(semaphore.TryAcquire());
        Assert.False(semaphore.TryAcquire());
    }

    [Fact(Timeout = Limit)]
    public async Task Release_ByAnotherProcess_IsANewPermitOrInABoundedOneAnOldOne()
    {
        using InterprocessSemaphore open = new(1, s_tracking);
        using BoundedInterprocessSemaphore bounded = new(1, s_tracking);
        using InterprocessEvent end = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static (o, b, e) =>
            {
                o.Acquire();
                b.Acquire();
                e.Wait();
            },
            open,
            bounded,
            end);
        await Eventually.TrueAsync(() => open.CurrentCount == 0 && bounded.CurrentCount == 0);
        open.Release();
        bounded.Release();
        Assert.Equal((1, 1), (open.CurrentCount, bounded.CurrentCount));
        Assert.Throws<SemaphoreFullException>(() => bounded.Release());
        end.Set();
        await worker.JoinAsync().Watched();

        // Its own came back; of the bounded one it was released already.
        Assert.Equal((2, 1), (open.CurrentCount, bounded.CurrentCount));
    }

    /// <summary>A process that died with the word held, after each of the stores of a call.</summary>
    [Theory]
    [InlineData(3, 0, 3, "before it did anything")]
    [InlineData(3, 1, 3, "taking: its entry, not yet the count")]
    [InlineData(3, 1, 2, "taking: both")]
    [InlineData(3, 1, 1, "releasing one of two: its entry, not yet the count")]
    [InlineData(3, 0, 2, "releasing its last: its entry, not yet the count")]
    [InlineData(4, 0, 3, "releasing a new one: the total, not yet the count")]
    [InlineData(3, 2, 3, "returning another's: not yet counted out")]
    public void Death_BetweenTwoStores_IsRepaired(int total, int held, int count, string step)
    {
        Assert.NotEmpty(step);
        using InterprocessSemaphore semaphore = new(3, s_tracking);
        Leave(semaphore, total, count, s_dead, [(s_dead, held)]);
        Assert.Equal(total, semaphore.CurrentCount);

        Leave(semaphore, total, count, s_dead, [(s_dead, held)]);
        semaphore.Release();
        Assert.Equal(total + 1, semaphore.CurrentCount);

        Leave(semaphore, total, 0, s_dead, [(s_dead, held)]);
        for (int i = 0; i < total; i++)
        {
            Assert.True(semaphore.TryAcquire());
        }

        Assert.False(semaphore.TryAcquire());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Death_WithTheWordHeld_WaitersGoOn(bool asynchronously)
    {
        using InterprocessSemaphore semaphore = new(3, s_tracking);
        Leave(semaphore, 3, 0, s_dead, [(s_dead, 3)]);
        await (asynchronously ? semaphore.AcquireAsync().AsTask() : Watchdog.Run(() => semaphore.Acquire())).Watched();

        // With permits to see, the word is what is waited for.
        Leave(semaphore, 3, 2, s_dead, [(s_dead, 1)]);
        await (asynchronously ? semaphore.AcquireAsync().AsTask() : Watchdog.Run(() => semaphore.Acquire())).Watched();
        Assert.Equal(2, semaphore.CurrentCount);
    }

    [Fact]
    public void Acquire_TableIsFull_ThrowsAndTakesNothing()
    {
        using InterprocessSemaphore semaphore = new(100, s_tracking);
        (long, int)[] entries = [.. Enumerable.Repeat((s_alive, 1), 64)];
        Leave(semaphore, 100, 36, 0, entries);
        InvalidOperationException full = Assert.Throws<InvalidOperationException>(() => semaphore.Acquire());
        Assert.Contains("64 processes hold permits", full.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => semaphore.TryAcquire());
        Assert.Equal(36, semaphore.CurrentCount);
        semaphore.Release();
        Assert.Equal(37, semaphore.CurrentCount);

        // One of them has died.
        entries[20] = (s_dead, 2);
        Leave(semaphore, 101, 36, 0, entries);
        semaphore.Acquire();
        Assert.Equal(37, semaphore.CurrentCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_TableIsFullForAWaiter_FaultsItAndWakesAnother()
    {
        using InterprocessSemaphore semaphore = new(64, s_tracking);
        Leave(semaphore, 64, 0, 0, [.. Enumerable.Repeat((s_alive, 1), 64)]);
        Task[] waits = [semaphore.AcquireAsync().AsTask(), Watchdog.Run(() => semaphore.Acquire())];
        await Waiters.ComeToAsync(semaphore, 2);
        semaphore.Release();

        Assert.IsType<InvalidOperationException>(await Watchdog.FaultOf(waits[0]));
        Assert.IsType<InvalidOperationException>(await Watchdog.FaultOf(waits[1]));
        Assert.Equal(0, Waiters.Of(semaphore));
        Assert.Equal(1, semaphore.CurrentCount);
    }

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_HoldersAndWaiters_EachPermitComesBackOnce()
    {
        const int Permits = 4;
        using BoundedInterprocessSemaphore semaphore = new(Permits, s_tracking);
        await Victims.KillAsync(
            usualKills: 100,
            semaphore,
            static (s, random) =>
            {
                if (s.TryAcquire(TimeSpan.FromMilliseconds(random % 50)))
                {
                    Thread.SpinWait(random % 1000);
                    s.Release();
                }
            },
            async () =>
            {
                // The living come through.
                await semaphore.AcquireAsync().AsTask().Watched();
                Assert.InRange(semaphore.CurrentCount, 0, Permits - 1);
                semaphore.Release();
            });

        for (int i = 0; i < Permits; i++)
        {
            await semaphore.AcquireAsync().AsTask().Watched();
        }

        Assert.False(semaphore.TryAcquire());
        semaphore.Release(Permits);
        Assert.Equal(Permits, semaphore.CurrentCount);
    }

    private static unsafe int Total(InterprocessSemaphore semaphore) => Unsafe.Read<int>(semaphore.Cell.Payload + 64 + 8);

    /// <summary>Writes the state that somebody left: see the overviews of SemaphoreWords and PermitTable.</summary>
    private static unsafe void Leave(InterprocessSemaphore semaphore, int total, int count, long owner, (long Tag, int Permits)[] entries)
    {
        byte* payload = semaphore.Cell.Payload;
        byte* table = payload + 64;
        for (int i = 0; i < 64; i++)
        {
            ((long*)(table + 64))[i * 2] = i < entries.Length ? entries[i].Tag : 0;
            ((long*)(table + 64))[(i * 2) + 1] = i < entries.Length ? entries[i].Permits : 0;
        }

        *(int*)(table + 8) = total;
        *(int*)payload = count;
        Volatile.Write(ref *(long*)table, owner);
        GC.KeepAlive(semaphore);
    }
}
