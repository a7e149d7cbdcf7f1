using System.Globalization;
using Cohort.Pools;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>How every pool begins and ends.</summary>
public abstract partial class PoolConformanceTests
{
    private static readonly AsyncLocal<int> s_local = new();

    [Fact(Timeout = Limit)]
    public async Task Options_AreThePoolsOwn()
    {
        await using IPool pool = Kind.Create(1, name: "Mill");
        Assert.Equal(("Mill", 1), (pool.Name, pool.WorkerCount));
        Assert.Contains("Mill", pool.ToString(), StringComparison.Ordinal);
        Assert.Contains("running", pool.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_RunsOnceInEachWorkerBeforeItsTasks()
    {
        using Signals signals = new();
        await using IPool pool = Kind.Create(2, Note(signals));
        bool[] seen = await pool.MapAsync(Saw(signals), Enumerable.Range(0, 20), chunkSize: 1).Watched();
        Assert.All(seen, Assert.True);
        await Eventually.TrueAsync(() => signals.Count("ready") == pool.WorkerCount);
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(pool.WorkerCount, signals.Count("ready"));

        static Action Note(Signals signals) => () => signals.Set($"ready {Guid.NewGuid()}");
        static Func<int, bool> Saw(Signals signals) => _ => signals.Count("ready") > 0;
    }

    [Fact(Timeout = Limit)]
    public async Task Context_ThatATaskChanges_IsNotTheNextOnesNorTheCallers()
    {
        await using IPool pool = Kind.Create(1, static () => s_local.Value = 5);
        (int, string) mine = Look();
        (int, string) before = await pool.ApplyAsync(Look).Watched();
        Assert.Equal(5, before.Item1);
        await pool.ApplyAsync(static () =>
        {
            s_local.Value = 7;
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("fr-CA");
        }).Watched();
        Assert.Equal(mine, Look());
        Assert.Equal(before, await pool.ApplyAsync(Look).Watched());

        static (int, string) Look() => (s_local.Value, CultureInfo.CurrentCulture.Name);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_AfterTheEnd_ThrowsAndSaysHowItEnded(bool terminate)
    {
        await using IPool pool = Kind.Create(1, name: "Mill");
        if (terminate)
        {
            pool.Terminate();
        }
        else
        {
            pool.Close();
        }

        Assert.All(
            (Action[])
            [
                () => pool.Apply(static () => 1),
                () => { pool.ApplyAsync(static () => 1); },
                () => pool.Map(static n => n, [1]),
                () => { pool.MapAsync(static n => n, Array.Empty<int>()); },
                () => pool.StarMap(static (a, b) => a + b, [(1, 2)]),
                () => _ = pool.MapStream(static n => n, [1]),
                () => _ = pool.MapStreamAsync(static n => n, [1]),
            ],
            call => Assert.Contains(
                $"Pool Mill is not running: it was {(terminate ? "terminated" : "closed")}",
                Watchdog.ThrownAtCall<InvalidOperationException>(call).Message,
                StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Join_OfARunningPool_Throws()
    {
        Watchdog.ThrownAtCall<InvalidOperationException>(Pool.Join);
        Watchdog.ThrownAtCall<InvalidOperationException>(() => Pool.TryJoin(TimeSpan.Zero));
        Watchdog.ThrownAtCall<InvalidOperationException>(() => { Pool.JoinAsync(); });
        await StillWorksAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Close_AfterManyTasks_AllAreDoneBeforeJoinReturns()
    {
        await using IPool pool = Kind.Create();
        Task<int>[] tasks = [.. Enumerable.Range(0, 50).Select(n => pool.ApplyAsync(static m => m + 1, n))];
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 1000));
        pool.Close();
        pool.Close();
        await Watchdog.Run(pool.Join);
        Assert.True(pool.TryJoin(TimeSpan.Zero));
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(Enumerable.Range(1, 50), await Task.WhenAll(tasks).Watched());
        Assert.Equal(Enumerable.Range(0, 1000), await map.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Close_StreamInTheMiddle_SaysThatThePoolIsClosed()
    {
        await using IPool pool = Kind.Create(1);
        List<int> results = [];
        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(() => Watchdog.Run(() =>
        {
            foreach (int result in pool.MapStream(static n => n, Enumerable.Range(0, int.MaxValue), maxInFlight: 4))
            {
                results.Add(result);
                if (results.Count == 10)
                {
                    pool.Close();
                    pool.Join();
                }
            }
        }));
        Assert.Contains("closed", fault.Message, StringComparison.Ordinal);
        Assert.InRange(results.Count, 10, 14);
        Assert.Equal(Enumerable.Range(0, results.Count), results);
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_AnyNumberOfTimesInAnyOrder_LeavesNothing()
    {
        Leaks before = Leaks.Snapshot();
        await Watchdog.Run(() =>
        {
            IPool pool = Kind.Create();
            Task<int> task = pool.ApplyAsync(static () => 1);
            Parallel.For(0, 4, _ => pool.Dispose());
            pool.Dispose();
            pool.Close();
            pool.Terminate();
            pool.Join();
            Assert.True(task.IsCompleted);
        });
        IPool second = Kind.Create();
        await second.ApplyAsync(static () => 1).Watched();
        await second.DisposeAsync().AsTask().Watched();
        await second.DisposeAsync().AsTask().Watched();
        Leaks.AssertNone(before);
    }

    [Fact(Timeout = Limit)]
    public async Task Join_InACallback_Works()
    {
        await using IPool pool = Kind.Create(1);
        Task<bool> callback = pool.ApplyAsync(static () => 1).ContinueWith(
            _ =>
            {
                pool.Close();
                return pool.TryJoin(Watchdog.Limit);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Assert.True(await callback.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_AfterAnAwaitOfATask_Works()
    {
        IPool pool = Kind.Create(1);
        await Task.WhenAll(Use(pool), Use(pool)).Watched();

        static async Task Use(IPool pool)
        {
            try
            {
                await pool.ApplyAsync(static () => 1).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException)
            {
                // The other one was quicker.
            }

            pool.Dispose();
        }
    }

    [Theory(Timeout = Limit)]
    [InlineData(typeof(ProcessPoolKind))]
    [InlineData(typeof(ThreadWorkerPoolKind))]
    [InlineData(typeof(InlinePoolKind))]
    public async Task Function_MakesAPoolOfItsOwn_Works(Type inner)
    {
        Assert.Equal(332, await Pool.ApplyAsync(SumOfSquares, inner).Watched());

        static int SumOfSquares(Type kind)
        {
            using PoolKind made = (PoolKind)Activator.CreateInstance(kind)!;
            using IPool pool = made.Create(1);
            return pool.Map(static n => n * n, [6, 10, 14]).Sum();
        }
    }
}
