using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class BoundedInterprocessSemaphoreTests
{
    private const int Limit = 60_000;

    /// <summary>_TestSemaphore.test_bounded_semaphore.</summary>
    [Fact]
    public void BoundedSemaphore_counts()
    {
        using BoundedInterprocessSemaphore semaphore = new(2);
        Assert.Equal(2, semaphore.CurrentCount);
        semaphore.Acquire();
        Assert.Equal(1, semaphore.CurrentCount);
        Assert.True(semaphore.TryAcquire());
        Assert.Equal(0, semaphore.CurrentCount);
        Assert.False(semaphore.TryAcquire());
        Assert.Throws<TimeoutException>(() => semaphore.Acquire(TimeSpan.FromMilliseconds(1)));
        semaphore.Release();
        semaphore.Release();
        Assert.Equal(2, semaphore.CurrentCount);
    }

    /// <summary>BoundedSemaphoreTests.test_release_unacquired; test_BoundedSemaphore_limit.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Release_above_the_initial_value_throws_and_leaves_the_value(bool isTracking)
    {
        using BoundedInterprocessSemaphore semaphore = new(3, new SemaphoreOptions { PermitTracking = isTracking });
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release());
        semaphore.Acquire();
        semaphore.Acquire();
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release(3));
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release(int.MaxValue));
        Assert.Equal(1, semaphore.CurrentCount);
        semaphore.Release(2);
        Assert.Equal(3, semaphore.CurrentCount);

        SemaphoreFullException full = Assert.Throws<SemaphoreFullException>(() => semaphore.Release());
        Assert.Contains("too many times", full.Message, StringComparison.Ordinal);
        Assert.Equal(3, semaphore.CurrentCount);
    }

    /// <summary>BaseSemaphoreTests.test_constructor and test_default_value.</summary>
    [Fact]
    public void New_HasOneUnlessToldOtherwise()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new BoundedInterprocessSemaphore(-1));
        using BoundedInterprocessSemaphore one = new();
        Assert.Equal(1, one.CurrentCount);
        using BoundedInterprocessSemaphore none = new(0);
        Assert.Throws<SemaphoreFullException>(() => none.Release());
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Release(0));
    }

    [Fact(Timeout = Limit)]
    public async Task Release_TooManyInManyThreads_EndsAtTheInitialValue()
    {
        using BoundedInterprocessSemaphore semaphore = new(5);
        for (int i = 0; i < 5; i++)
        {
            semaphore.Acquire();
        }

        int refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                if (Record.Exception(() => semaphore.Release()) is SemaphoreFullException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        }))).Watched();

        Assert.Equal(15, refused);
        Assert.Equal(5, semaphore.CurrentCount);
    }

    /// <summary>test_various_ops: ten tasks with a bounded semaphore of three, never more than three of which run.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acquire_InWorkers_NeverMoreThanThereArePermits(bool isTracking)
    {
        using BoundedInterprocessSemaphore semaphore = new(3, new SemaphoreOptions { PermitTracking = isTracking });
        using RawSharedValue<int> inside = new();
        await using ProcessPool pool = new(2);
        int[] most = await pool.MapAsync(
            async _ =>
            {
                int most = 0;
                await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(async () =>
                {
                    for (int i = 0; i < 200; i++)
                    {
                        await semaphore.AcquireAsync();
                        int now = Interlocked.Increment(ref inside.Ref);
                        if (now > Volatile.Read(ref most))
                        {
                            Volatile.Write(ref most, now);
                        }

                        Interlocked.Decrement(ref inside.Ref);
                        semaphore.Release();
                    }
                })));
                return most;
            },
            Enumerable.Range(0, 2),
            chunkSize: 1).Watched();

        Assert.All(most, static m => Assert.InRange(m, 1, 3));
        Assert.Equal(3, semaphore.CurrentCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Result_NewSemaphoreOfAWorker_HasTheSameBoundHere()
    {
        await using ProcessPool pool = new(1);
        using BoundedInterprocessSemaphore semaphore = await pool.ApplyAsync(static () => new BoundedInterprocessSemaphore(2)).Watched();

        Assert.Throws<SemaphoreFullException>(() => semaphore.Release());
        Assert.Equal("BoundedInterprocessSemaphore (2 of 2 free)", semaphore.ToString());
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileWaitedFor_EndsTheWaits()
    {
        BoundedInterprocessSemaphore semaphore = new(0);
        Task thread = Watchdog.Run(() => semaphore.Acquire());
        Task task = semaphore.AcquireAsync().AsTask();
        await Waiters.ComeToAsync(semaphore, 2);
        semaphore.Dispose();
        semaphore.Dispose();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(thread));
        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(task));
        Assert.Throws<ObjectDisposedException>(() => semaphore.Release());
        Assert.Equal("BoundedInterprocessSemaphore (disposed)", semaphore.ToString());
    }
}
