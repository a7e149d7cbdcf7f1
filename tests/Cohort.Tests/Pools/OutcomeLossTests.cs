using System.Runtime.Serialization;
using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools;

/// <summary>Chunks whose worker dies, or that cannot be had as a whole: only the item at fault fails.</summary>
public sealed class OutcomeLossTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private const int Culprit = 7;
    private readonly ProcessPool _pool = shared.Pool;

    [Theory(Timeout = Limit)]
    [InlineData(Moment.Read, 1)]
    [InlineData(Moment.Read, 10)]
    [InlineData(Moment.Run, 1)]
    [InlineData(Moment.Run, 10)]
    [InlineData(Moment.Written, 1)]
    [InlineData(Moment.Written, 10)]
    public async Task Worker_DiesInAChunk_OnlyTheItemThatItWasAtFails(Moment moment, int chunkSize)
    {
        Mine[] items = [.. Enumerable.Range(0, 20).Select(n => new Mine(n, n == Culprit ? moment : Moment.Never))];
        CheckOneLost(await _pool.MapOutcomesAsync(Mine.Step, items, chunkSize).Watched());
        CheckOneLost(await _pool.MapOutcomeStreamAsync(Mine.Step, items, chunkSize: chunkSize).ToListAsync());
        Assert.Equal(1, await _pool.ApplyAsync(static () => 1).Watched());
    }

    /// <summary>Its chunk stays in the books of its worker, and is not used for later items meanwhile.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Timeout_InAStreamThatGoesOn_FailsItsItemAndStopsItsWorker(bool ordered)
    {
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 2, CancellationGrace = TimeSpan.FromMilliseconds(500), TerminationGrace = TimeSpan.Zero,
        });
        await Eventually.TrueAsync(() => pool.WorkerProcessIds.Count == 2);
        int[] workers = [.. pool.WorkerProcessIds];
        IPool hurried = pool.With(new TaskOptions { Timeout = TimeSpan.FromSeconds(1) });
        List<Outcome<int>> outcomes = await hurried.MapOutcomeStreamAsync(HangAt(signals, 2), Enumerable.Range(0, 100), ordered, maxInFlight: 4)
            .ToListAsync(TestContext.Current.CancellationToken).AsTask().Watched();

        Assert.Equal(Enumerable.Range(0, 100), outcomes.Select(static outcome => (int)outcome.Index).Order());
        Outcome<int> late = Assert.Single(outcomes, static outcome => !outcome.IsSuccess);
        Assert.Equal(2, late.Index);
        Assert.IsType<TimeoutException>(late.Exception);
        int victim = workers.Single(id => signals.IsSet($"{id}"));
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{victim}"));

        static Func<int, int> HangAt(Signals signals, int place) => n =>
        {
            if (n == place)
            {
                signals.Set($"{Environment.ProcessId}");
                signals.RunForever("late");
            }

            return n;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_KilledFromOutside_CostsTheItemThatItWasAtAndNothingElse()
    {
        using Signals signals = new();
        Task<Outcome<int>[]> map = _pool.MapOutcomesAsync(StayAt(signals, Culprit), Enumerable.Range(0, 10), chunkSize: 10);
        await signals.IsRunningAsync("culprit");
        Deaths.Kill(_pool.WorkerProcessIds.Single(id => signals.IsSet($"{id}")));
        Outcome<int>[] outcomes = await map.Watched();
        CheckLost(outcomes, static n => n);

        static Func<int, int> StayAt(Signals signals, int culprit) => n =>
        {
            if (n == culprit)
            {
                signals.Set($"{Environment.ProcessId}");
                signals.RunForever("culprit");
            }

            return n;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesOfSeveralItemsOfAChunk_EachOfThemFails()
    {
        Outcome<int>[] outcomes = await _pool.MapOutcomesAsync(static n => n % 4 == 1 ? Deaths.KillSelf() : n, Enumerable.Range(0, 12), chunkSize: 12).Watched();
        Assert.Equal([1L, 5, 9], outcomes.Where(static outcome => outcome.Exception is WorkerLostException).Select(static outcome => outcome.Index));
        Assert.All(outcomes.Where(static outcome => outcome.IsSuccess), static outcome => Assert.Equal(outcome.Index, outcome.Value));
        Assert.Equal(9, outcomes.Count(static outcome => outcome.IsSuccess));
    }

    [Fact(Timeout = Limit)]
    public async Task Retries_ItemThatKillsWorkers_IsQuarantinedByItself()
    {
        IPool pool = _pool.With(new TaskOptions { Retries = 5, QuarantineAfter = 2 });
        Outcome<int>[] outcomes = await pool.MapOutcomesAsync(static n => n == Culprit ? Deaths.KillSelf() : n, Enumerable.Range(0, 10), chunkSize: 5).Watched();
        PoisonTaskException fault = Assert.IsType<PoisonTaskException>(outcomes[Culprit].Exception);
        Assert.Equal(2, fault.Deaths.Count);
        Assert.Contains("item 7", fault.TaskDescription, StringComparison.Ordinal);
        Assert.Equal(9, outcomes.Count(static outcome => outcome.IsSuccess));
    }

    [Fact(Timeout = Limit)]
    public async Task Retries_ItemThatKillsAWorkerOnce_Succeeds()
    {
        using Signals signals = new();
        IPool pool = _pool.With(new TaskOptions { Retries = 1 });
        Outcome<int>[] outcomes = await pool.MapOutcomesAsync(DieOnce(signals), Enumerable.Range(0, 10), chunkSize: 5).Watched();
        Assert.Equal(Enumerable.Range(0, 10), outcomes.Select(static outcome => outcome.Value));

        static Func<int, int> DieOnce(Signals signals) => n =>
        {
            if (n == Culprit && !signals.IsSet("died"))
            {
                signals.Set("died");
                Deaths.KillSelf();
            }

            return n;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task RetryOn_ItemThatThrowsOnce_SucceedsWhateverTheChunkSize()
    {
        using Signals signals = new();
        IPool pool = _pool.With(new TaskOptions { Retries = 1, RetryOn = static fault => fault is FormatException });
        Outcome<int>[] outcomes = await pool.MapOutcomesAsync(ThrowOnce(signals), Enumerable.Range(0, 10), chunkSize: 5).Watched();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 8, 9], outcomes.Where(static outcome => outcome.IsSuccess).Select(static outcome => outcome.Value));
        Assert.IsType<FormatException>(outcomes[Culprit].Exception);

        static Func<int, int> ThrowOnce(Signals signals) => n =>
        {
            bool again = signals.IsSet($"threw {n}");
            signals.Set($"threw {n}");
            return n == Culprit || (n == 3 && !again) ? throw new FormatException("odd") : n;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Timeout_OneItemNeverEnds_OnlyItIsLate()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 2,
            CancellationGrace = TimeSpan.Zero,
            TerminationGrace = TimeSpan.Zero,
            TaskOptions = new TaskOptions { Timeout = TimeSpan.FromSeconds(1) },
        });
        using Signals signals = new();
        Outcome<int>[] outcomes = await pool.MapOutcomesAsync(Stick(signals), Enumerable.Range(0, 10), chunkSize: 5).Watched();
        Assert.Contains("item 7", Assert.IsType<TimeoutException>(outcomes[Culprit].Exception).Message, StringComparison.Ordinal);
        Assert.Equal(9, outcomes.Count(static outcome => outcome.IsSuccess));

        static Func<int, int> Stick(Signals signals) => n => n == Culprit ? signals.RunForever("stuck") : n;
    }

    [Fact(Timeout = Limit)]
    public async Task ItemOrResult_ThatCannotBeRebuilt_FailsByItselfAndNothingRunsTwice()
    {
        using Signals signals = new();
        PoolFaultTests.OneWay[] items = [.. Enumerable.Range(0, 8).Select(static n => new PoolFaultTests.OneWay { RefusesWorkers = n == Culprit })];
        Outcome<int>[] given = await _pool.MapOutcomesAsync(Count(signals), items, chunkSize: 8).Watched();
        Assert.Contains("only outwards", Assert.IsType<PickleException>(given[Culprit].Exception).Message, StringComparison.Ordinal);
        Assert.Contains("item 7", given[Culprit].Exception!.Message, StringComparison.Ordinal);
        Assert.Equal(7, given.Count(static outcome => outcome.IsSuccess));
        Assert.Equal(7, signals.Count("ran"));

        Outcome<PoolFaultTests.OneWay?>[] returned = await _pool.MapOutcomesAsync(Return(signals), Enumerable.Range(0, 8), chunkSize: 8).Watched();
        Assert.Contains("only outwards", Assert.IsType<PickleException>(returned[Culprit].Exception).Message, StringComparison.Ordinal);
        Assert.Equal(7, returned.Count(static outcome => outcome.IsSuccess));
        Assert.Equal(8, signals.Count("returned"));

        static Func<PoolFaultTests.OneWay, int> Count(Signals signals) => _ =>
        {
            signals.Set($"ran {Guid.NewGuid()}");
            return 1;
        };

        static Func<int, PoolFaultTests.OneWay?> Return(Signals signals) => n =>
        {
            signals.Set($"returned {Guid.NewGuid()}");
            return n == Culprit ? new PoolFaultTests.OneWay() : null;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_InTheMiddle_KeepsTheOutcomesThatAreThere()
    {
        using Signals signals = new();
        await using ProcessPool pool = new(2);
        Task<Outcome<int>[]> map = pool.MapOutcomesAsync(HoldOne(signals), Enumerable.Range(0, 3).Append(1), chunkSize: 1);
        await signals.IsRunningAsync("1");

        // Another worker is free, and whoever takes its answer takes all others that are there.
        await Eventually.TrueAsync(() => signals.IsSet("0 ran"));
        Assert.Equal(1, await pool.With(new TaskOptions { Priority = 1 }).ApplyAsync(static () => 1).Watched());
        pool.Terminate();
        Outcome<int>[] outcomes = await map.Watched();
        Assert.True(outcomes[0].IsSuccess);

        // Which of the two ones is held is open: it depends on which worker is up first.
        Exception[] cancelled = [.. outcomes.Where(static outcome => !outcome.IsSuccess).Select(static outcome => outcome.Exception!)];
        Assert.NotEmpty(cancelled);
        Assert.All(cancelled, static fault => Assert.IsAssignableFrom<OperationCanceledException>(fault));

        static Func<int, int> HoldOne(Signals signals) => n =>
        {
            if (n == 1 && !signals.IsSet("1 runs"))
            {
                signals.RunForever("1");
            }

            signals.Set($"{n} ran");
            return n;
        };
    }

    private static void CheckOneLost(IReadOnlyList<Outcome<Mine>> outcomes)
    {
        Assert.Equal(20, outcomes.Count);
        CheckLost(outcomes, static mine => mine.Number);
    }

    private static void CheckLost<T>(IReadOnlyList<Outcome<T>> outcomes, Func<T, int> number)
    {
        foreach (Outcome<T> outcome in outcomes)
        {
            if (outcome.Index == Culprit)
            {
                WorkerLostException fault = Assert.IsType<WorkerLostException>(outcome.Exception);
                Assert.Equal(9, fault.Signal);
                Assert.EndsWith("item 7", fault.TaskDescription, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(outcome.Index, number(outcome.Value));
            }
        }
    }

    public enum Moment
    {
        Never,
        Read,
        Run,
        Written,
    }

    internal sealed class Mine(int number, Moment moment)
    {
        public int Number { get; } = number;

        public Moment Moment { get; } = moment;

        public static Mine Step(Mine mine)
        {
            mine.ExplodeAt(Moment.Run);
            return mine;
        }

        [OnDeserialized]
        internal void OnDeserialized(StreamingContext context) => ExplodeAt(Moment.Read);

        [OnSerializing]
        internal void OnSerializing(StreamingContext context) => ExplodeAt(Moment.Written);

        private void ExplodeAt(Moment moment)
        {
            if (Moment == moment && WorkerProcess.IsWorker)
            {
                Deaths.KillSelf();
            }
        }
    }
}
