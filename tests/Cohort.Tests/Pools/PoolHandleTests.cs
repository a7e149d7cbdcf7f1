using Cohort.Messaging;
using Cohort.Serializing;
using Cohort.Sharing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Pools;

/// <summary>Tasks that carry connections and handles.</summary>
public sealed class PoolHandleTests : IAsyncLifetime
{
    private const int Limit = 120_000;

    private readonly Leaks _before = Leaks.Snapshot();
    private readonly Signals _signals = new();
    private readonly ProcessPool _pool = new(new ProcessPoolOptions { Workers = 1, TaskOptions = new() { Retries = 1 } });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _signals.Dispose();
        await Eventually.TrueAsync(static () => HandleSharer.Count == 0);
        Leaks.AssertNone(_before);
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_AsArgument_IsTheSameEndInTheWorker()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        Task serving = _pool.ApplyAsync(Serve, pair.Second);
        pair.First.Send(1);
        Assert.Equal(2, await Watchdog.Run(() => pair.First.Receive<int>()));
        await serving.Watched();
        pair.Second.Dispose();
        Assert.True(pair.First.Poll());
    }

    [Fact(Timeout = Limit)]
    public async Task Handles_AsResults_ArriveOpen()
    {
        using SafeFileHandle file = await _pool.ApplyAsync(static () => File.OpenHandle("/dev/zero")).Watched();
        byte[] buffer = [1];
        Assert.Equal(1, RandomAccess.Read(file, buffer, 0));
        Assert.Equal(0, buffer[0]);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retries_WorkerDiesBeforeOrAfterItTookTheHandle_TaskGetsItAgain(bool isBefore)
    {
        using ConnectionPair pair = ConnectionPair.Create();
        FirstTimeBomb bomb = new(_signals, "first");
        Task serving = _pool.ApplyAsync(ServeOne, isBefore ? [bomb, pair.Second] : (object[])[pair.Second, bomb]);
        pair.First.Send(1);
        Assert.Equal(2, await Watchdog.Run(() => pair.First.Receive<int>()));
        await serving.Watched();
        Assert.True(_signals.IsSet("first"));
        pair.Second.Dispose();
        Assert.True(await Watchdog.Run(() => pair.First.Poll(Timeout.InfiniteTimeSpan)));
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_DiesEachTime_TheConnectionIsClosed(bool isBefore)
    {
        using ConnectionPair pair = ConnectionPair.Create();
        FirstTimeBomb bomb = new(_signals, null);
        Task serving = _pool.ApplyAsync(ServeOne, isBefore ? [bomb, pair.Second] : (object[])[pair.Second, bomb]);
        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(serving));
        pair.Second.Dispose();
        Assert.True(await Watchdog.Run(() => pair.First.Poll(Timeout.InfiniteTimeSpan)));
    }

    [Fact(Timeout = Limit)]
    public async Task Tasks_TakenBackFromAWorker_CarryTheirHandlesToTheNext()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        Assert.Equal(0, await _pool.ApplyAsync(static () => 0).Watched());
        int worker = _pool.WorkerProcessIds.Single();
        Cohort.Interop.Libc.Kill(worker, Cohort.Platform.Signal.SIGSTOP);
        Task<bool>[] queued = [.. Enumerable.Range(0, 50).Select(_ => _pool.ApplyAsync(IsOpen, file))];
        Deaths.Kill(worker);
        Assert.All(await Task.WhenAll(queued).Watched(), Assert.True);
        Assert.All(await _pool.MapAsync(IsOpen, Enumerable.Repeat(file, 20), chunkSize: 5).Watched(), Assert.True);
        Assert.All(await _pool.MapStreamAsync(IsOpen, Enumerable.Repeat(file, 20)).ToListAsync(), Assert.True);
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_TasksWaitInARing_GivesUpWhatTheyCarry()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        Task<int> running = _pool.ApplyAsync(_signals.Forever("a"));
        await _signals.IsRunningAsync("a");
        Task<bool> queued = _pool.ApplyAsync(IsOpen, file);
        Assert.Equal(1, HandleSharer.Count);
        _pool.Terminate();
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(queued));
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(running));
        Assert.Equal(0, HandleSharer.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Function_ThatCapturesAConnection_HasItInEveryWorkerAndEveryTry()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, TaskOptions = new() { Retries = 1 } });
        using ConnectionPair pair = ConnectionPair.Create();
        Task<int[]> map = pool.MapAsync(SendTo(pair.Second), Enumerable.Range(0, 40), chunkSize: 1);
        int[] received = await Watchdog.Run(() => Enumerable.Range(0, 40).Select(_ => pair.First.Receive<int>()).ToArray());
        Assert.Equal(Enumerable.Range(0, 40), received.Order());
        await map.Watched();
        Assert.Equal([1, 2, 3], await pool.MapStreamAsync(SendTo(pair.Second), [1, 2, 3]).ToListAsync());
        Assert.Empty(await pool.MapAsync(SendTo(pair.Second), Array.Empty<int>()).Watched());
        Assert.Equal(1, await pool.ApplyAsync(SendAndDieOnce(pair.Second, _signals)).Watched());
        Assert.Equal([1, 1, 1, 2, 3], Enumerable.Range(0, 5).Select(_ => pair.First.Receive<int>(Watchdog.Limit)).Order());
        Assert.False(pair.First.Poll());
        await Eventually.TrueAsync(static () => HandleSharer.Count == 0);
    }

    [Fact]
    public void Function_ThatCapturesAConnection_GivesItUpWhenTheInputThrows()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        Assert.Throws<FormatException>(() => { _ = _pool.MapAsync(SendTo(pair.Second), Broken()); });
        Assert.Throws<FormatException>(() => { _ = _pool.MapOutcomesAsync(SendTo(pair.Second), Broken()); });
        Assert.Equal(0, HandleSharer.Count);

        static IEnumerable<int> Broken()
        {
            yield return 1;
            throw new FormatException();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Stream_WhoseFunctionCapturesAConnection_HoldsItWhileItIsEnumerated()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        IAsyncEnumerable<int> stream = _pool.MapStreamAsync(SendTo(pair.Second), [1, 2, 3]);
        Assert.Equal(0, HandleSharer.Count);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal([1, 2, 3], await stream.ToListAsync());
            Assert.Equal(0, HandleSharer.Count);
        }

        IEnumerable<Cohort.Pools.Outcome<int>> outcomes = _pool.MapOutcomeStream(SendTo(pair.Second), [1, 2, 3]);
        Assert.Equal(0, HandleSharer.Count);
        for (int i = 0; i < 2; i++)
        {
            Assert.All(await Watchdog.Run(() => outcomes.ToArray()), static outcome => Assert.True(outcome.IsSuccess));
            Assert.Equal(0, HandleSharer.Count);
        }

        Assert.Equal(12, Enumerable.Range(0, 12).Select(_ => pair.First.Receive<int>(Watchdog.Limit)).Count());
    }

    [Fact(Timeout = Limit)]
    public async Task Initializer_ThatCapturesAConnection_HasItInEveryWorker()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        await using (ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, Initializer = SendHello(pair.Second) }))
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal("hello", await Watchdog.Run(() => pair.First.Receive<string>()));
                if (i == 1)
                {
                    Deaths.Kill(pool.WorkerProcessIds[0]);
                }
            }
        }

        await Eventually.TrueAsync(static () => HandleSharer.Count == 0);
        pair.Second.Dispose();
        Assert.True(await Watchdog.Run(() => pair.First.Poll(Timeout.InfiniteTimeSpan)));
    }

    [Fact(Timeout = Limit)]
    public async Task Arguments_ThatCannotTravel_GiveUpTheHandlesAmongThem()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.ApplyAsync(static (object[] all) => all.Length, [file, Thread.CurrentThread])));
        Assert.Equal(0, HandleSharer.Count);
    }

    private static void Serve(Connection connection)
    {
        using (connection)
        {
            connection.Send(connection.Receive<int>() + 1);
        }
    }

    private static void ServeOne(object[] arguments) => Serve(arguments.OfType<Connection>().Single());

    /// <summary>Leaves it open: the items of one chunk that were one object are one there too.</summary>
    private static bool IsOpen(SafeFileHandle file) => RandomAccess.Read(file, new byte[1], 0) == 0;

    private static Func<int, int> SendTo(Connection connection) => number =>
    {
        connection.Send(number);
        return number;
    };

    private static Action SendHello(Connection connection) => () => connection.Send("hello");

    private static Func<int> SendAndDieOnce(Connection connection, Signals signals) => () =>
    {
        connection.Send(1);
        if (!signals.IsSet("died"))
        {
            signals.Set("died");
            Deaths.KillSelf();
        }

        return 1;
    };

    /// <summary>Ends the worker that reads it.</summary>
    /// <param name="signals">Where a mark is set.</param>
    /// <param name="mark">Only the first time, as this mark then says; null: each time.</param>
    [Picklable(typeof(Pickler))]
    internal sealed class FirstTimeBomb(Signals signals, string? mark)
    {
        internal sealed class Pickler : IPickler<FirstTimeBomb>
        {
            public void Write(PickleWriter writer, FirstTimeBomb value)
            {
                writer.Write(value.Signals);
                writer.Write(value.Mark);
            }

            public FirstTimeBomb Read(PickleReader reader)
            {
                FirstTimeBomb bomb = new(reader.Read<Signals>()!, reader.Read<string?>());
                if (bomb.Mark is null || !bomb.Signals.IsSet(bomb.Mark))
                {
                    bomb.Signals.Set(bomb.Mark ?? "again");
                    Deaths.KillSelf();
                }

                return bomb;
            }
        }

        private Signals Signals => signals;

        private string? Mark => mark;
    }
}
