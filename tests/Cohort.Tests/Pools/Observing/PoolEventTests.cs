using System.Collections.Concurrent;
using Cohort.Pools;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolEventTests
{
    private const int Limit = 60_000;

    private readonly ConcurrentQueue<PoolEvent> _events = new();

    [Fact(Timeout = Limit)]
    public async Task Events_OfAPoolsLife_ComeInOrder()
    {
        ProcessPool pool = Create(_events.Enqueue);
        int first = pool.WorkerProcessIds[0];
        IPool patient = pool.With(new TaskOptions { Retries = 5, QuarantineAfter = 2 });
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        Assert.IsType<PoisonTaskException>(await Watchdog.FaultOf(patient.ApplyAsync(Deaths.KillSelf)));
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();

        PoolEvent[] events = [.. _events];
        Assert.Equal(
            [
                "WorkerUp w:1", "TaskSent w:1", "TaskSent w:1", "TaskRetried w:1", "WorkerDown w:1",
                "WorkerUp w:2", "TaskSent w:2", "TaskQuarantined w:2", "WorkerDown w:2",
            ],
            events.Take(9).Select(static e => $"{e.Kind} {e.WorkerName}"));
        Assert.All(events, static e => Assert.Equal((e.WorkerName, 0), ($"w:{e.WorkerId}", e.WorkerIndex)));
        Assert.Equal((first, first), (events[0].ProcessId, events[4].ProcessId));
        Assert.Equal((1L, 2L, 2L), (events[1].TaskNumber!.Value, events[2].TaskNumber!.Value, events[3].TaskNumber!.Value));
        Assert.Contains(nameof(Deaths.KillSelf), events[2].Task, StringComparison.Ordinal);
        Assert.IsType<WorkerLostException>(events[3].Fault);
        Assert.Equal(-9, events[4].ExitCode);
        Assert.Contains(nameof(Deaths.KillSelf), events[4].Cause, StringComparison.Ordinal);
        Assert.Equal(2, Assert.IsType<PoisonTaskException>(events[7].Fault).Deaths.Count);
        Assert.Equal(Enumerable.Range(0, events.Length), Enumerable.Range(0, events.Length).OrderBy(i => events[i].Time));
    }

    [Fact(Timeout = Limit)]
    public async Task Events_Timeout_AndRetryAfterAnException_AreTold()
    {
        await using ProcessPool pool = Create(_events.Enqueue);
        IPool patient = pool.With(new TaskOptions { Retries = 1, RetryOn = static e => e is FormatException });
        await Watchdog.FaultOf(patient.MapAsync(static n => n > 0 ? throw new FormatException("bad") : n, [0, 1]));
        await Watchdog.FaultOf(pool.With(new TaskOptions { Timeout = TimeSpan.FromMilliseconds(50) }).ApplyAsync(static () => Thread.Sleep(Timeout.Infinite)));
        await Eventually.TrueAsync(() => _events.Any(static e => e.Kind == PoolEventKind.TaskTimedOut));

        PoolEvent retried = Assert.Single(_events, static e => e.Kind == PoolEventKind.TaskRetried);
        Assert.EndsWith("on item 1", retried.Task, StringComparison.Ordinal);
        Assert.Equal("bad", Assert.IsType<FormatException>(retried.Fault).Message);
        Assert.IsType<TimeoutException>(_events.Single(static e => e.Kind == PoolEventKind.TaskTimedOut).Fault);
    }

    [Fact(Timeout = Limit)]
    public async Task Events_HandlerThatThrows_HarmsNothing()
    {
        int called = 0;
        ProcessPool pool = Create(_ =>
        {
            Interlocked.Increment(ref called);
            throw new InvalidOperationException("bad handler");
        });
        Assert.Equal(Enumerable.Range(0, 50), await pool.MapAsync(static n => n, Enumerable.Range(0, 50), 1).Watched());
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.True(called > 50);
    }

    [Fact(Timeout = Limit)]
    public async Task Events_HandlerThatBlocks_HoldsUpNoTask()
    {
        using ManualResetEventSlim mayGoOn = new();
        ProcessPool pool = Create(e =>
        {
            mayGoOn.Wait();
            _events.Enqueue(e);
        });
        Assert.Equal(Enumerable.Range(0, 50), await pool.MapAsync(static n => n, Enumerable.Range(0, 50), 1).Watched());
        Assert.Empty(_events);
        mayGoOn.Set();
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.True(_events.Count > 50);
        Assert.Equal(PoolEventKind.WorkerDown, _events.Last().Kind);
    }

    private static ProcessPool Create(Action<PoolEvent> handler) =>
        new(new ProcessPoolOptions { Workers = 1, Name = "w", Events = handler });
}
