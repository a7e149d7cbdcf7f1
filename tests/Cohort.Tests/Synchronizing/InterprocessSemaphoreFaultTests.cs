using Cohort.Serializing;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

/// <summary>Cancellation, disposal and death at any moment of a wait.</summary>
public sealed class InterprocessSemaphoreFaultTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Acquire_CancelledBeforeOrDuring_TakesNothing()
    {
        using InterprocessSemaphore semaphore = new();
        Assert.ThrowsAny<OperationCanceledException>(() => semaphore.Acquire(cancellationToken: new CancellationToken(true)));
        Assert.True(semaphore.TryAcquireAsync(default, new CancellationToken(true)).IsCanceled);
        Assert.Equal(1, semaphore.CurrentCount);
        semaphore.Acquire();

        using CancellationTokenSource source = new();
        Task thread = Watchdog.Run(() => semaphore.Acquire(cancellationToken: source.Token));
        Task task = semaphore.AcquireAsync(cancellationToken: source.Token).AsTask();
        await Waiters.ComeToAsync(semaphore, 2);
        await source.CancelAsync();
        Assert.Equal(source.Token, Assert.IsAssignableFrom<OperationCanceledException>(await Caught(task)).CancellationToken);
        Assert.Equal(source.Token, Assert.IsAssignableFrom<OperationCanceledException>(await Caught(thread)).CancellationToken);
        semaphore.Release();

        Assert.Equal(1, semaphore.CurrentCount);
        Assert.Equal(0, Waiters.Of(semaphore));

        static async Task<Exception?> Caught(Task task) => await Record.ExceptionAsync(() => task.Watched());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acquire_CancelledAtRandom_LosesNoPermit(bool isTracking)
    {
        const int Released = 4000;
        using InterprocessSemaphore semaphore = new(0, new SemaphoreOptions { PermitTracking = isTracking });
        int taken = 0;
        using CancellationTokenSource done = new();
        Task[] waiters =
        [
            .. Enumerable.Range(0, 3).Select(seed => Watchdog.Run(() =>
            {
                Random random = new(seed);
                while (!done.IsCancellationRequested)
                {
                    using CancellationTokenSource source = Cancelling(random);
                    try
                    {
                        semaphore.Acquire(cancellationToken: source.Token);
                        Interlocked.Increment(ref taken);
                    }
                    catch (OperationCanceledException)
                    {
                    }
                }
            })),
            .. Enumerable.Range(3, 20).Select(seed => Task.Run(async () =>
            {
                Random random = new(seed);
                while (!done.IsCancellationRequested)
                {
                    using CancellationTokenSource source = Cancelling(random);
                    try
                    {
                        await semaphore.AcquireAsync(TimeSpan.FromMilliseconds(random.Next(3)), source.Token);
                        Interlocked.Increment(ref taken);
                    }
                    catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
                    {
                    }
                }
            })),
        ];
        await Watchdog.Run(() =>
        {
            Random random = new(1);
            for (int left = Released; left > 0;)
            {
                int count = Math.Min(left, random.Next(1, 4));
                semaphore.Release(count);
                left -= count;
                Thread.Yield();
            }
        });
        await Eventually.TrueAsync(() => Volatile.Read(ref taken) == Released);
        await done.CancelAsync();
        await Task.WhenAll(waiters).Watched();

        Assert.Equal(Released, taken);
        Assert.Equal(0, semaphore.CurrentCount);
        Assert.Equal(0, Waiters.Of(semaphore));

        CancellationTokenSource Cancelling(Random random)
        {
            CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(done.Token);
            source.CancelAfter(random.Next(3));
            return source;
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_WhileWaitedFor_EndsTheWaits(bool isTracking)
    {
        InterprocessSemaphore semaphore = new(0, new SemaphoreOptions { PermitTracking = isTracking });
        Task thread = Watchdog.Run(() => semaphore.Acquire());
        Task task = semaphore.AcquireAsync().AsTask();
        await Waiters.ComeToAsync(semaphore, 2);
        semaphore.Dispose();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(thread));
        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(task));
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_HereWhileAnotherProcessUsesIt_LeavesThatAlone()
    {
        using InterprocessSemaphore semaphore = new(0);
        using InterprocessSemaphore through = new(0);
        InterprocessSemaphore copy = Pickle.Loads<InterprocessSemaphore>(Pickle.Dumps(semaphore))!;
        using WorkerProcess worker = WorkerProcess.Start(
            static (s, t) =>
            {
                s.Acquire();
                t.Release();
            },
            copy,
            through);
        await Waiters.ComeToAsync(semaphore, 1);
        copy.Dispose();
        semaphore.Release();
        await through.AcquireAsync().AsTask().Watched();
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_HoldersAndWaiters_TheLivingGoOn()
    {
        const int Permits = 4;
        using InterprocessSemaphore semaphore = new(Permits);
        int mine = 0;
        int added = 0;
        using CancellationTokenSource done = new();
        Task[] living =
        [
            .. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    while (!done.IsCancellationRequested)
                    {
                        semaphore.Acquire();
                        Interlocked.Increment(ref mine);
                        semaphore.Release();
                    }
                },
                TaskCreationOptions.LongRunning)),
        ];
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
                // What its threads held is gone with it; as many new ones as it takes for somebody living to come through.
                int before = Volatile.Read(ref mine);
                await Eventually.TrueAsync(() =>
                {
                    if (semaphore.CurrentCount == 0)
                    {
                        semaphore.Release();
                        added++;
                    }

                    return Volatile.Read(ref mine) > before + 10;
                });
            });
        await done.CancelAsync();
        semaphore.Release(2);
        added += 2;
        await Task.WhenAll(living).Watched();

        // Some went with the dead, and none was doubled.
        int left = 0;
        while (semaphore.TryAcquire())
        {
            left++;
        }

        Assert.InRange(left, 2, Permits + added);

        ValueTask waiting = semaphore.AcquireAsync();
        Assert.False(waiting.IsCompleted);
        semaphore.Release();
        await waiting.AsTask().Watched();
        Assert.Equal(0, semaphore.CurrentCount);
    }
}
