using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools;

/// <summary>What cannot travel is told with the place: which part, of which item, for which function.</summary>
public sealed class PoolPlaceTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;

    [Fact(Timeout = Limit)]
    public async Task Argument_ThatCannotTravel_IsToldWithItsFunction()
    {
        using FileStream stream = File.OpenRead("/dev/null");
        PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.ApplyAsync(LengthOf, 1, (Stream)stream)));
        Assert.StartsWith("args.Item2", fault.Path, StringComparison.Ordinal);
        Assert.StartsWith(fault.Path!, fault.Message, StringComparison.Ordinal);
        Assert.Contains($"{nameof(PoolPlaceTests)}.{nameof(LengthOf)}", fault.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Item_ThatCannotTravel_IsToldWithItsPlaceInTheInput(int chunkSize)
    {
        using FileStream stream = File.OpenRead("/dev/null");
        Stream?[] items = [.. Enumerable.Range(0, 10).Select(n => n == 6 ? stream : null)];
        Task[] maps =
        [
            _pool.MapAsync(NameOf, items, chunkSize),
            _pool.MapStreamAsync(NameOf, items, chunkSize: chunkSize).ToListAsync(),
            _pool.MapStreamAsync(NameOf, items, ordered: false, chunkSize).ToListAsync(),
        ];
        foreach (Task map in maps)
        {
            PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(map));
            Assert.StartsWith("items[6]", fault.Path, StringComparison.Ordinal);
            Assert.Contains($"{nameof(PoolPlaceTests)}.{nameof(NameOf)}", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Result_ThatCannotTravel_IsToldWithItsFunctionAndTheWorkersStack()
    {
        PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.ApplyAsync(OpenNothing, 1)));
        Assert.StartsWith("result", fault.Path, StringComparison.Ordinal);
        Assert.Contains($"{nameof(PoolPlaceTests)}.{nameof(OpenNothing)}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("PoolWorkerLoop", fault.StackTrace, StringComparison.Ordinal);
        fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.MapAsync(OpenNothing, Enumerable.Range(0, 6), 3)));
        Assert.Contains("on items", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Lambda_IsCalledByTheMethodThatItStandsIn()
    {
        WorkerLostException fault = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(_pool.ApplyAsync(static n => n + Deaths.KillSelf(), 1)));
        Assert.StartsWith(
            $"{nameof(PoolPlaceTests)}.{nameof(Lambda_IsCalledByTheMethodThatItStandsIn)} (a lambda in it", fault.TaskDescription, StringComparison.Ordinal);
        fault = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(_pool.ApplyAsync(Local, 1)));
        Assert.Equal($"{nameof(PoolPlaceTests)}.{nameof(Lambda_IsCalledByTheMethodThatItStandsIn)}.{nameof(Local)}", fault.TaskDescription);

        static int Local(int n) => n + Deaths.KillSelf();
    }

    private static long LengthOf(int n, Stream stream) => stream.Length + n;

    private static string NameOf(Stream? stream) => stream?.GetType().Name ?? "nothing";

    private static Stream OpenNothing(int n) => File.OpenRead("/dev/null");
}
