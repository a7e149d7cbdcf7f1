using System.Diagnostics;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class InterprocessSemaphoreTests
{
    private const int Limit = 60_000;

    /// <summary>_TestSemaphore.test_semaphore; SemaphoreTests.test_release_unacquired.</summary>
    [Fact]
    public void Semaphore_counts_and_can_be_released_above_its_initial_value()
    {
        using InterprocessSemaphore semaphore = new(2);
        Assert.Equal(2, semaphore.CurrentCount);
        semaphore.Acquire();
        Assert.Equal(1, semaphore.CurrentCount);
        semaphore.Acquire();
        Assert.Equal(0, semaphore.CurrentCount);
        Assert.False(semaphore.TryAcquire());
        semaphore.Release();
        semaphore.Release();
        semaphore.Release();
        Assert.Equal(3, semaphore.CurrentCount);
    }

    /// <summary>BaseSemaphoreTests.test_constructor.</summary>
    [Fact]
    public void New_NegativeCount_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InterprocessSemaphore(-1));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InterprocessSemaphore(int.MinValue));
    }

    /// <summary>BaseSemaphoreTests.test_default_value.</summary>
    [Fact]
    public void New_WithoutCount_HasOne()
    {
        using InterprocessSemaphore semaphore = new();

        Assert.True(semaphore.TryAcquire());
        Assert.False(semaphore.TryAcquire());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Release_NotPositive_Throws(int count)
    {
        using InterprocessSemaphore semaphore = new();

        Assert.Throws<ArgumentOutOfRangeException>(() => semaphore.Release(count));
        Assert.Equal(1, semaphore.CurrentCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Release_PastTheLargestInteger_ThrowsAndChangesNothing(bool isTracking)
    {
        using InterprocessSemaphore semaphore = new(int.MaxValue - 1, new SemaphoreOptions { PermitTracking = isTracking });
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release(2));
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release(int.MaxValue));
        Assert.Equal(int.MaxValue - 1, semaphore.CurrentCount);
        semaphore.Release();

        Assert.Throws<SemaphoreFullException>(() => semaphore.Release());
        Assert.Equal(int.MaxValue, semaphore.CurrentCount);
    }

    /// <summary>_TestSemaphore.test_timeout; BaseSemaphoreTests.test_try_acquire and test_acquire_timeout.</summary>
    [Fact(Timeout = Limit)]
    public async Task Acquire_of_none_ends_with_its_timeout_in_each_form()
    {
        using InterprocessSemaphore semaphore = new(0);
        TimeSpan timeout = TimeSpan.FromMilliseconds(70);
        Assert.False(semaphore.TryAcquire());
        Assert.False(semaphore.TryAcquire(TimeSpan.Zero));
        Assert.False(await semaphore.TryAcquireAsync());
        Assert.Throws<ArgumentOutOfRangeException>(() => semaphore.TryAcquire(TimeSpan.FromSeconds(-5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => semaphore.Acquire(TimeSpan.FromSeconds(-5)));

        long start = Stopwatch.GetTimestamp();
        Assert.False(semaphore.TryAcquire(timeout));
        Assert.False(await semaphore.TryAcquireAsync(timeout));
        Assert.Throws<TimeoutException>(() => semaphore.Acquire(timeout));
        await Assert.ThrowsAsync<TimeoutException>(() => semaphore.AcquireAsync(timeout).AsTask());
        Assert.True(Stopwatch.GetElapsedTime(start) >= 4 * timeout);
        Assert.Equal(0, Waiters.Of(semaphore));
        semaphore.Release();
        Assert.True(semaphore.TryAcquire(timeout));
    }

    /// <summary>BaseSemaphoreTests.test_acquire and test_multirelease.</summary>
    [Fact(Timeout = Limit)]
    public async Task Release_of_several_frees_as_many_waiters()
    {
        using InterprocessSemaphore semaphore = new(0);
        int through = 0;
        Task[] waits =
        [
            .. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                semaphore.Acquire();
                Interlocked.Increment(ref through);
            })),
            .. Enumerable.Range(0, 4).Select(async _ =>
            {
                await semaphore.AcquireAsync();
                Interlocked.Increment(ref through);
            }),
        ];
        await Waiters.ComeToAsync(semaphore, 8);
        Assert.Equal(0, through);
        semaphore.Release(3);
        await Eventually.TrueAsync(() => through == 3);
        await Waiters.ComeToAsync(semaphore, 5);
        Assert.Equal(0, semaphore.CurrentCount);
        semaphore.Release(6);
        await Task.WhenAll(waits).Watched();

        Assert.Equal(1, semaphore.CurrentCount);
        Assert.Equal(0, Waiters.Of(semaphore));
    }

    /// <summary>BaseSemaphoreTests.test_with: as a statement it is try and finally.</summary>
    [Fact]
    public void Semaphore_is_restored_by_finally()
    {
        using InterprocessSemaphore semaphore = new(2);
        Assert.Throws<FormatException>((Action)(() =>
        {
            semaphore.Acquire();
            try
            {
                Assert.Equal(1, semaphore.CurrentCount);
                throw new FormatException();
            }
            finally
            {
                semaphore.Release();
            }
        }));

        Assert.Equal(2, semaphore.CurrentCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Acquire_ManyThreadsAndTasks_NeverMoreThanThereArePermits()
    {
        using InterprocessSemaphore semaphore = new(3);
        int inside = 0;
        int most = 0;
        Task[] workers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    semaphore.Acquire();
                    Visit();
                    semaphore.Release();
                }
            })),
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    await semaphore.AcquireAsync();
                    Visit();
                    semaphore.Release();
                }
            })),
        ];
        await Task.WhenAll(workers).Watched();

        Assert.InRange(most, 1, 3);
        Assert.Equal(3, semaphore.CurrentCount);
        Assert.Equal(0, Waiters.Of(semaphore));

        void Visit()
        {
            int now = Interlocked.Increment(ref inside);
            int seen;
            while (now > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, now, seen) != seen)
            {
            }

            Interlocked.Decrement(ref inside);
        }
    }

    /// <summary>test_tasks: ten tasks with a semaphore of one run one after the other; here in processes.</summary>
    [Fact(Timeout = Limit)]
    public async Task Acquire_InWorkers_ExcludesThem()
    {
        using InterprocessSemaphore semaphore = new();
        using RawSharedValue<long> count = new();
        await using ProcessPool pool = new(2);
        await pool.MapAsync(
            _ =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    semaphore.Acquire();
                    count.Value++;
                    semaphore.Release();
                }

                return 0;
            },
            Enumerable.Range(0, 10),
            chunkSize: 1).Watched();

        Assert.Equal(20_000, count.Value);
        Assert.Equal(1, semaphore.CurrentCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Release_InAnotherProcess_WakesAWaiterHere()
    {
        using InterprocessSemaphore semaphore = new(0);
        await using ProcessPool pool = new(1);
        ValueTask waiting = semaphore.AcquireAsync();
        Assert.False(waiting.IsCompleted);
        await pool.ApplyAsync(static s => s.Release(), semaphore).Watched();
        await waiting.AsTask().Watched();

        Assert.Equal(0, semaphore.CurrentCount);
    }

    /// <summary>Two that take turns: wake-ups that only the slices make up for would take longer than the watchdog allows.</summary>
    [Theory(Timeout = 2 * Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Release_BackAndForthBetweenProcesses_WakesEachTime(bool isTracking)
    {
        const int Rounds = 1500;
        SemaphoreOptions options = new() { PermitTracking = isTracking };
        using InterprocessSemaphore ping = new(0, options);
        using InterprocessSemaphore pong = new(0, options);
        using WorkerProcess worker = WorkerProcess.Start(
            static (ping, pong) =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    ping.Acquire();
                    pong.Release();
                }
            },
            ping,
            pong);
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                ping.Release();
                pong.Acquire();
            }
        });
        await worker.JoinAsync().Watched();

        Assert.Equal(0, worker.ExitCode);
    }

    [Fact(Timeout = Limit)]
    public async Task Result_NewSemaphoreOfAWorker_IsOpenedHere()
    {
        await using ProcessPool pool = new(1);
        using InterprocessSemaphore semaphore = await pool.ApplyAsync(static () => new InterprocessSemaphore(5)).Watched();
        semaphore.Acquire();

        Assert.Equal(4, semaphore.CurrentCount);
    }

    [Fact]
    public void Disposed_EveryUse_Throws()
    {
        InterprocessSemaphore semaphore = new(1);
        semaphore.Dispose();
        semaphore.Dispose();

        Assert.Throws<ObjectDisposedException>(() => semaphore.CurrentCount);
        Assert.Throws<ObjectDisposedException>(() => semaphore.Acquire());
        Assert.Throws<ObjectDisposedException>(() => semaphore.TryAcquire());
        Assert.Throws<ObjectDisposedException>(() => { _ = semaphore.TryAcquireAsync(); });
        Assert.Throws<ObjectDisposedException>(() => semaphore.Release());
        Assert.Equal("InterprocessSemaphore (disposed)", semaphore.ToString());
    }

    [Fact]
    public void ToString_SaysHowManyAreFree()
    {
        using InterprocessSemaphore semaphore = new(3);
        semaphore.Acquire();

        Assert.Equal("InterprocessSemaphore (2 free)", semaphore.ToString());
    }

    [Fact]
    public void Loads_AsTheOtherSemaphore_IsRefused()
    {
        using InterprocessSemaphore semaphore = new(3);

        Assert.Throws<PickleException>(() => Pickle.Loads<BoundedInterprocessSemaphore>(Pickle.Dumps(semaphore)));
    }
}
