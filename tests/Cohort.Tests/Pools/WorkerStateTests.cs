using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools;

/// <summary>States, start and exit functions in workers of every kind.</summary>
public sealed class WorkerStateTests
{
    private const int Limit = 120_000;

    public static TheoryData<string> Kinds { get; } = ["processes", "threads", "inline"];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task State_TasksOfOneWorker_ShareIt(string kind)
    {
        await using IPool pool = Make(kind, static () => new Counter(), null, static () => WorkerState.Get<Counter>().Count);
        int[] indices = await pool.MapAsync(Count, Enumerable.Range(0, 100), chunkSize: 1).Watched();
        Assert.All(indices, index => Assert.InRange(index, 0, pool.WorkerCount - 1));
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(pool.WorkerCount, pool.ExitResults.Count);
        Assert.Equal(100, pool.ExitResults.Sum(static exit => exit.GetValue<int>()));
        Assert.All(pool.ExitResults, exit => Assert.Equal(indices.Count(index => index == exit.WorkerIndex), exit.Value));
        Assert.Equal(Enumerable.Range(1, pool.WorkerCount), pool.ExitResults.Select(static exit => exit.WorkerId));

        static int Count(int n)
        {
            WorkerState.Get<Counter>().Count++;
            return WorkerState.WorkerIndex!.Value;
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task State_InAsyncFunctions_IsThatOfTheirWorker(string kind)
    {
        await using IPool pool = Make(kind, static () => new Counter { Count = 7 });
        Assert.Equal(7, await pool.ApplyAsync(static async () =>
        {
            await Task.Yield();
            return await Task.Run(static () => WorkerState.Get<Counter>().Count);
        }).Watched());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task State_ThatIsNotThere_IsAClearError(string kind)
    {
        await using IPool none = Make(kind);
        InvalidOperationException missing = await Assert.ThrowsAsync<InvalidOperationException>(
            () => none.ApplyAsync(static () => WorkerState.Get<Counter>().Count).Watched());
        Assert.Contains("StateFactory", missing.Message, StringComparison.Ordinal);
        Assert.False(await none.ApplyAsync(static () => WorkerState.TryGet(out Counter? _)).Watched());

        await using IPool other = Make(kind, static () => "a text");
        InvalidOperationException wrong = await Assert.ThrowsAsync<InvalidOperationException>(
            () => other.ApplyAsync(static () => WorkerState.Get<Counter>().Count).Watched());
        Assert.Contains("System.String", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Counter), wrong.Message, StringComparison.Ordinal);
        Assert.True(await other.ApplyAsync(static () => WorkerState.TryGet(out IComparable? _)).Watched());
    }

    [Fact]
    public void State_OutsideOfPools_IsAClearError()
    {
        Assert.Null(WorkerState.WorkerIndex);
        Assert.Contains("does not run in a worker", Assert.Throws<InvalidOperationException>(WorkerState.Get<Counter>).Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task StartFunction_ItsResults_AreThoseOfEachWorker(string kind)
    {
        await using IPool pool = Make(kind, static () => new Counter(), static () => $"{WorkerState.WorkerIndex} {WorkerState.Get<Counter>().Count}");
        await Eventually.TrueAsync(() => pool.StartResults.Count == pool.WorkerCount);
        Assert.Equal(
            Enumerable.Range(0, pool.WorkerCount).Select(static index => $"{index} 0"),
            pool.StartResults.OrderBy(static start => start.WorkerIndex).Select(static start => start.GetValue<string>()));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task StateFactory_ThatFails_BreaksThePoolAndSaysWhy(string kind)
    {
        await using IPool pool = Make(kind, static () => throw new FormatException("no model"));
        PoolBrokenException fault = Assert.IsType<PoolBrokenException>(await Watchdog.FaultOf(pool.ApplyAsync(static () => 1)));
        Assert.Contains("no model", fault.Message, StringComparison.Ordinal);
        await using IPool empty = Make(kind, static () => null!);
        Assert.Contains("state factory", (await Watchdog.FaultOf(empty.ApplyAsync(static () => 1))).Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task ExitFunction_ThatFails_IsReportedAndLosesNoResult(string kind)
    {
        await using IPool pool = Make(kind, null, null, static () => throw new FormatException("cannot say goodbye"));
        Task<int[]> map = pool.MapAsync(static n => n, Enumerable.Range(0, 50));
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(Enumerable.Range(0, 50), await map.Watched());
        Assert.Equal(pool.WorkerCount, pool.ExitResults.Count);
        Assert.All(pool.ExitResults, static exit =>
        {
            Assert.IsType<FormatException>(exit.Exception);
            Assert.Throws<FormatException>(() => exit.GetValue<int>());
        });
    }

    [Theory(Timeout = Limit)]
    [InlineData("processes", true)]
    [InlineData("threads", false)]
    [InlineData("inline", true)]
    public async Task State_ThatIsDisposable_IsDisposedAfterTheExitFunction(string kind, bool isAsync)
    {
        string folder = Directory.CreateTempSubdirectory("cohort-state-").FullName;
        try
        {
            await using IPool pool = Make(kind, isAsync ? () => new AsyncNote(folder) : () => new Note(folder), null, static () => WorkerState.Get<INote>().IsOpen);
            await pool.ApplyAsync(static () => { }).Watched();
            pool.Close();
            await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
            Assert.All(pool.ExitResults, static exit => Assert.True(exit.GetValue<bool>()));
            Assert.Equal(pool.WorkerCount, Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Terminate_RunsNoExitFunction(string kind)
    {
        await using IPool pool = Make(kind, null, null, static () => 1);
        await pool.ApplyAsync(static () => { }).Watched();
        pool.Terminate();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Empty(pool.ExitResults);
    }

    [Fact(Timeout = Limit)]
    public async Task ExitFunction_ThatHangs_IsEndedAfterItsTime()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            ExitFunction = static () => { Thread.Sleep(Timeout.Infinite); return null; },
            ExitTimeout = TimeSpan.FromMilliseconds(50),
        });
        Assert.Equal(3, await pool.ApplyAsync(static () => 3).Watched());
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        TimeoutException late = Assert.IsType<TimeoutException>(Assert.Single(pool.ExitResults).Exception);
        Assert.Contains("ExitTimeout", late.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task ExitFunction_ThatEndsItsProcess_IsReported()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, ExitFunction = static () => { Environment.Exit(5); return null; } });
        await pool.ApplyAsync(static () => { }).Watched();
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        WorkerLostException lost = Assert.IsType<WorkerLostException>(Assert.Single(pool.ExitResults).Exception);
        Assert.Equal(5, lost.ExitCode);
        Assert.Contains("exit function", lost.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Results_ThatCannotTravel_AreReported()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, ExitFunction = static () => Thread.CurrentThread });
        await pool.ApplyAsync(static () => { }).Watched();
        pool.Close();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Contains("exit result", Assert.IsType<PickleException>(Assert.Single(pool.ExitResults).Exception).Message, StringComparison.Ordinal);

        await using ProcessPool broken = new(new ProcessPoolOptions { Workers = 1, StartFunction = static () => Thread.CurrentThread });
        Assert.Contains("start result", (await Watchdog.FaultOf(broken.ApplyAsync(static () => 1))).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task WorkerIndex_OfAReplacement_IsThatOfTheOneThatIsGone()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, StartFunction = static () => WorkerState.WorkerIndex });
        (int Index, int Id) = await pool.ApplyAsync(static () => (WorkerTask.Current!.WorkerIndex, WorkerTask.Current.WorkerId)).Watched();
        await Watchdog.FaultOf(pool.ApplyAsync(static () => Environment.Exit(1)));
        await Eventually.TrueAsync(() => pool.StartResults.Count == 3);
        Assert.Equal([0, 0, 1, 1], ((int[])[.. pool.StartResults.Select(static start => start.WorkerIndex), 1 - pool.StartResults[2].WorkerIndex]).Order());
        Assert.All(pool.StartResults, static start => Assert.Equal(start.WorkerIndex, start.Value));
        Assert.Equal(Index, pool.StartResults.First(start => start.WorkerId == Id).WorkerIndex);
    }

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new ProcessPool(new ProcessPoolOptions { Workers = 1, ExitTimeout = TimeSpan.FromSeconds(-2) }));
        PickleException fault = Assert.Throws<PickleException>(() =>
        {
            using CancellationTokenSource captured = new();
            return new ProcessPool(new ProcessPoolOptions { Workers = 1, ExitFunction = () => captured.IsCancellationRequested });
        });
        Assert.Contains("exit function", fault.Path, StringComparison.Ordinal);
    }

    private static IPool Make(string kind, Func<object>? state = null, Func<object?>? start = null, Func<object?>? exit = null) => kind switch
    {
        "processes" => new ProcessPool(new ProcessPoolOptions { Workers = 2, StateFactory = state, StartFunction = start, ExitFunction = exit }),
        "threads" => new ThreadWorkerPool(new ThreadWorkerPoolOptions { Workers = 2, StateFactory = state, StartFunction = start, ExitFunction = exit }),
        _ => new InlinePool(new InlinePoolOptions { StateFactory = state, StartFunction = start, ExitFunction = exit }),
    };

    internal interface INote
    {
        bool IsOpen { get; }
    }

    internal sealed class Counter
    {
        public int Count { get; set; }
    }

    internal sealed class Note(string folder) : INote, IDisposable
    {
        public bool IsOpen { get; private set; } = true;

        public void Dispose()
        {
            IsOpen = false;
            File.WriteAllText(Path.Combine(folder, $"{WorkerState.WorkerIndex}"), "disposed");
        }
    }

    internal sealed class AsyncNote(string folder) : INote, IAsyncDisposable
    {
        public bool IsOpen { get; private set; } = true;

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            IsOpen = false;
            await File.WriteAllTextAsync(Path.Combine(folder, $"{WorkerState.WorkerIndex}"), "disposed");
        }
    }
}
