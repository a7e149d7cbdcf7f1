using System.Diagnostics;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

public sealed class InterprocessEventTests
{
    private const int Limit = 60_000;

    /// <summary>EventTests.test_is_set.</summary>
    [Fact]
    public void Event_is_set_and_reset_any_number_of_times()
    {
        using InterprocessEvent done = new();
        Assert.False(done.IsSet);
        done.Reset();
        Assert.False(done.IsSet);
        done.Set();
        Assert.True(done.IsSet);
        done.Set();
        Assert.True(done.IsSet);
        done.Reset();
        Assert.False(done.IsSet);
        done.Reset();
        Assert.False(done.IsSet);
    }

    /// <summary>_TestEvent.test_event.</summary>
    [Fact(Timeout = Limit)]
    public async Task Event_is_waited_for_with_and_without_a_timeout_and_set_by_a_worker()
    {
        using InterprocessEvent done = new();
        TimeSpan timeout = TimeSpan.FromMilliseconds(70);
        Assert.False(done.TryWait());
        long start = Stopwatch.GetTimestamp();
        Assert.False(done.TryWait(timeout));
        Assert.True(Stopwatch.GetElapsedTime(start) >= timeout);
        done.Set();
        Assert.True(done.TryWait());
        Assert.True(done.TryWait(timeout));
        done.Wait();
        Assert.True(done.IsSet);
        done.Reset();

        using WorkerProcess worker = WorkerProcess.Start(static e => e.Set(), done);
        await Watchdog.Run(() => done.Wait());
        await worker.JoinAsync().Watched();
    }

    /// <summary>EventTests.test_timeout.</summary>
    [Fact(Timeout = Limit)]
    public async Task Wait_ends_with_its_timeout_in_each_form()
    {
        using InterprocessEvent done = new();
        TimeSpan timeout = TimeSpan.FromMilliseconds(70);
        long start = Stopwatch.GetTimestamp();
        Assert.False(done.TryWait(timeout));
        Assert.False(await done.TryWaitAsync(timeout));
        Assert.Throws<TimeoutException>(() => done.Wait(timeout));
        await Assert.ThrowsAsync<TimeoutException>(() => done.WaitAsync(timeout).AsTask());
        Assert.True(Stopwatch.GetElapsedTime(start) >= 4 * timeout);
        Assert.Throws<ArgumentOutOfRangeException>(() => done.TryWait(TimeSpan.FromSeconds(-3)));
        Assert.Equal(0, Waiters.Of(done));
        done.Set();
        Assert.True(done.TryWait(timeout));
        Assert.True(await done.TryWaitAsync(timeout));
    }

    /// <summary>_TestEvent.test_repr; EventTests.test_repr.</summary>
    [Fact]
    public void Event_as_text_says_whether_it_is_set()
    {
        using InterprocessEvent done = new();
        Assert.Equal("InterprocessEvent (not set)", done.ToString());
        done.Set();
        Assert.Equal("InterprocessEvent (set)", done.ToString());
        done.Dispose();
        Assert.Equal("InterprocessEvent (disposed)", done.ToString());
    }

    [Fact(Timeout = Limit)]
    public async Task Set_ThreadsTasksAndWorkersWait_LetsAllThrough()
    {
        using InterprocessEvent done = new();
        await using ProcessPool pool = new(2);
        Task[] waits =
        [
            .. Enumerable.Range(0, 3).Select(_ => Watchdog.Run(() => done.Wait())),
            .. Enumerable.Range(0, 200).Select(_ => done.WaitAsync().AsTask()),
            pool.ApplyAsync(static e => e.Wait(), done),
            pool.ApplyAsync(async () => await done.WaitAsync()),
        ];
        await Waiters.ComeToAsync(done, waits.Length);
        Assert.DoesNotContain(waits, static wait => wait.IsCompleted);
        done.Set();
        await Task.WhenAll(waits).Watched();

        Assert.Equal(0, Waiters.Of(done));
    }

    [Fact(Timeout = Limit)]
    public async Task Set_ResetRightAfter_LetsThroughWhoWaited()
    {
        using InterprocessEvent pulse = new();
        for (int i = 0; i < 200; i++)
        {
            Task<bool>[] waits =
            [
                .. Enumerable.Range(0, 3).Select(_ => Watchdog.Run(() => pulse.TryWait(Timeout.InfiniteTimeSpan))),
                .. Enumerable.Range(0, 3).Select(_ => pulse.TryWaitAsync(Timeout.InfiniteTimeSpan).AsTask()),
            ];
            await Waiters.ComeToAsync(pulse, waits.Length);
            pulse.Set();
            pulse.Reset();
            Assert.All(await Task.WhenAll(waits).Watched(), Assert.True);
            Assert.False(pulse.TryWait());
        }
    }

    /// <summary>Two that take turns by two events: a lost wake-up would stop both, or cost a slice each time.</summary>
    [Fact(Timeout = Limit)]
    public async Task Set_BackAndForthBetweenProcesses_LosesNone()
    {
        const int Rounds = 2000;
        using InterprocessEvent ping = new();
        using InterprocessEvent pong = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static (ping, pong) =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    ping.Wait();
                    ping.Reset();
                    pong.Set();
                }
            },
            ping,
            pong);
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                ping.Set();
                pong.Wait();
                pong.Reset();
            }
        });
        await worker.JoinAsync().Watched();

        Assert.Equal(0, worker.ExitCode);
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Cancelled_Throws()
    {
        using InterprocessEvent done = new();
        using CancellationTokenSource source = new();
        Task thread = Watchdog.Run(() => done.Wait(cancellationToken: source.Token));
        Task task = done.WaitAsync(cancellationToken: source.Token).AsTask();
        await Waiters.ComeToAsync(done, 2);
        await source.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => thread.Watched()));
        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => task.Watched()));
        Assert.ThrowsAny<OperationCanceledException>(() => done.TryWait(default, source.Token));
        Assert.True(done.TryWaitAsync(default, source.Token).IsCanceled);
        Assert.Equal(0, Waiters.Of(done));
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_CancelledAtRandomWhileSet_EndsInEitherWay()
    {
        using InterprocessEvent done = new();
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource source = new();
            Task<bool>[] doomed = [.. Enumerable.Range(0, 5).Select(_ => done.TryWaitAsync(Timeout.InfiniteTimeSpan, source.Token).AsTask())];
            Task<bool>[] others = [.. Enumerable.Range(0, 5).Select(_ => done.TryWaitAsync(Timeout.InfiniteTimeSpan).AsTask())];
            Task cancelling = Task.Run(source.Cancel, TestContext.Current.CancellationToken);
            done.Set();
            Assert.All(await Task.WhenAll(others).Watched(), Assert.True);
            await cancelling;
            await Task.WhenAll(doomed).Watched().ContinueWith(static _ => { }, TaskScheduler.Default);
            Assert.All(doomed, static wait => Assert.True(wait.IsCanceled || wait.Result));
            done.Reset();
        }

        Assert.Equal(0, Waiters.Of(done));
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileWaitedFor_EndsTheWaits()
    {
        InterprocessEvent done = new();
        Task thread = Watchdog.Run(() => done.Wait());
        Task task = done.WaitAsync().AsTask();
        await Waiters.ComeToAsync(done, 2);
        done.Dispose();
        done.Dispose();

        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(thread));
        Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(task));
        Assert.Throws<ObjectDisposedException>(() => done.IsSet);
        Assert.Throws<ObjectDisposedException>(done.Set);
        Assert.Throws<ObjectDisposedException>(done.Reset);
        Assert.Throws<ObjectDisposedException>(() => done.TryWait());
        Assert.Throws<ObjectDisposedException>(() => { _ = done.TryWaitAsync(); });
    }

    [Fact(Timeout = Limit)]
    public async Task Result_NewEventOfAWorker_IsOpenedHere()
    {
        await using ProcessPool pool = new(1);
        using InterprocessEvent done = await pool.ApplyAsync(static () =>
        {
            InterprocessEvent done = new();
            done.Set();
            return done;
        }).Watched();

        Assert.True(done.IsSet);
    }

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_SettersAndWaiters_TheLivingAreWoken()
    {
        using InterprocessEvent pulse = new();
        await Victims.KillAsync(
            usualKills: 100,
            pulse,
            static (e, random) =>
            {
                switch (random % 4)
                {
                    case 0:
                        e.Set();
                        break;
                    case 1:
                        e.Reset();
                        break;
                    default:
                        e.TryWait(TimeSpan.FromMilliseconds(random % 5));
                        break;
                }
            },
            async () =>
            {
                for (int i = 0; i < 10; i++)
                {
                    ValueTask<bool> task = pulse.TryWaitAsync(Timeout.InfiniteTimeSpan);
                    Task<bool> thread = Watchdog.Run(() => pulse.TryWait(TimeSpan.FromMilliseconds(i)));
                    pulse.Set();
                    Assert.True(await task.AsTask().Watched());
                    await thread;
                    pulse.Reset();
                }
            });
        pulse.Reset();

        Assert.False(pulse.TryWait(TimeSpan.FromMilliseconds(1)));
    }
}
