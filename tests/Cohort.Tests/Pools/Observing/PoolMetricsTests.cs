using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cohort.Pools;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolMetricsTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly ConcurrentDictionary<(string Instrument, string Pool), double> _sums = new();
    private readonly MeterListener _listener = new();

    public PoolMetricsTests()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Cohort")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Tasks_OfAnyPool_AreCounted(string kind)
    {
        string name = $"counted {kind}";
        using IPool pool = ObservingPools.Create(kind, name);
        await pool.MapAsync(static n => n, Enumerable.Range(0, 40), chunkSize: 10).Watched();
        await Watchdog.FaultOf(pool.ApplyAsync(Deaths.Throw));

        PoolStatistics settled = pool.Statistics;

        Assert.Equal(1, settled.TasksFailed);
        Assert.Equal(40, Sum("cohort.pool.tasks.completed", name));
        Assert.Equal(1, Sum("cohort.pool.tasks.failed", name));
        Assert.InRange(Sum("cohort.pool.tasks.started", name), 41, 80);
        Assert.True(Sum("cohort.pool.task.duration", name) > 0);
    }

    [Fact(Timeout = Limit)]
    public async Task Deaths_AreCountedWithRunsAgain()
    {
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Name = "deadly", TaskOptions = new TaskOptions { Retries = 1 } });
        await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf));
        await pool.ApplyAsync(static () => 1).Watched();
        Assert.Equal(2, pool.Statistics.RestartCount);
        Assert.Equal(2, Sum("cohort.pool.workers.lost", "deadly"));
        Assert.Equal(2, Sum("cohort.pool.workers.restarted", "deadly"));
        Assert.Equal(1, Sum("cohort.pool.tasks.retried", "deadly"));
    }

    [Fact(Timeout = Limit)]
    public async Task Gauges_WhileWorkRuns_TellQueueAndBusyWorkers()
    {
        using Signals signals = new();
        using (ThreadWorkerPool pool = new(new ThreadWorkerPoolOptions { Workers = 1, Name = "gauged" }))
        {
            Task<int> first = pool.ApplyAsync(signals.Released("first"));
            await signals.IsRunningAsync("first");
            Task<int> second = pool.ApplyAsync(static () => 2);
            _listener.RecordObservableInstruments();
            Assert.Equal(1, Sum("cohort.pool.queue.length", "gauged"));
            Assert.Equal(1, Sum("cohort.pool.workers.busy", "gauged"));
            signals.Release("first");
            await Task.WhenAll(first, second).Watched();
        }

        _sums.Clear();
        _listener.RecordObservableInstruments();
        Assert.DoesNotContain(_sums.Keys, static key => key.Pool == "gauged");
    }

    [Fact(Timeout = Limit)]
    public async Task Listener_Throws_CostsNoTask()
    {
        using MeterListener broken = new();
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Name = "broken listener" });
        broken.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "cohort.pool.tasks.completed")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        broken.SetMeasurementEventCallback<long>(static (_, _, tags, _) =>
        {
            if ((string?)tags[0].Value == "broken listener")
            {
                throw new FormatException("broken");
            }
        });
        broken.Start();
        Assert.Equal(3, await pool.ApplyAsync(static n => n, 3).Watched());
        Assert.Equal(4, await pool.ApplyAsync(static n => n, 4).Watched());
    }

    private double Sum(string instrument, string pool) => _sums.GetValueOrDefault((instrument, pool));

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string pool = (string)tags[0].Value!;
        _sums.AddOrUpdate((instrument.Name, pool), value, (_, sum) => sum + value);
    }
}
