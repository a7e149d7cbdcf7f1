using Cohort.Pools;
using System.Reflection;
using System.Reflection.Emit;
using Cohort.Serializing;

namespace Cohort.Tests.Pools;

/// <summary>Exceptions of tasks, and what cannot travel.</summary>
public sealed class PoolFaultTests(SharedPool shared) : IClassFixture<SharedPool>, IAsyncLifetime
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;
    private int[] _before = [];

    public async ValueTask InitializeAsync()
    {
        await _pool.ApplyAsync(static () => 0).Watched();
        _before = [.. _pool.WorkerProcessIds];
    }

    /// <summary>None of these faults costs a worker, and the pool goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        Assert.Equal(3, await _pool.ApplyAsync(static n => n + 1, 2).Watched());
        Assert.Equal(_before.Order(), _pool.WorkerProcessIds.Order());
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_FunctionThrows_RethrowsItsOwnTypeWithTheRemoteStack()
    {
        OwnException fault = await Assert.ThrowsAsync<OwnException>(() => Watchdog.Run(() => _pool.Apply(ThrowOwn, 5)));
        Assert.Equal("five", fault.Message);
        Assert.Equal(5, fault.Number);
        Assert.Contains(nameof(ThrowOwn), fault.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(PoolBase), fault.StackTrace, StringComparison.Ordinal);
        Assert.IsType<FormatException>(fault.InnerException);
    }

    [Fact(Timeout = Limit)]
    public async Task MapAndStream_FunctionThrows_RethrowItsOwnType()
    {
        Assert.Equal(5, (await Assert.ThrowsAsync<OwnException>(() => Watchdog.Run(() => _pool.Map(ThrowOwn, [5])))).Number);
        Assert.Equal(5, Assert.IsType<OwnException>(await Watchdog.FaultOf(_pool.MapAsync(ThrowOwn, Enumerable.Repeat(5, 100)))).Number);
        Assert.Equal(5, Assert.IsType<OwnException>(await Watchdog.FaultOf(_pool.MapStreamAsync(ThrowOwn, [5]).ToListAsync())).Number);
        Assert.Equal(5, (await Assert.ThrowsAsync<OwnException>(() => Watchdog.Run(() => _pool.MapStream(ThrowOwn, [5]).ToList()))).Number);
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_ExceptionThatCannotBeEncoded_BecomesRemoteTaskException()
    {
        Exception fault = await Watchdog.FaultOf(_pool.ApplyAsync(ThrowUnpicklable));
        RemoteTaskException remote = Assert.IsType<RemoteTaskException>(fault);
        Assert.Contains(nameof(UnpicklableException), remote.RemoteType, StringComparison.Ordinal);
        Assert.Equal("holds a stream", remote.RemoteMessage);
        Assert.Contains(nameof(ThrowUnpicklable), remote.RemoteStackTrace, StringComparison.Ordinal);
        Assert.Contains("holds a stream", remote.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_ExceptionWhoseMessageThrows_StillArrives()
    {
        Exception fault = await Watchdog.FaultOf(_pool.ApplyAsync(static () => ThrowRude()));
        Assert.True(fault is RudeException or RemoteTaskException, fault.GetType().FullName);

        static int ThrowRude() => throw new RudeException();
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_UnpicklableArgument_ThrowsWithItsPath()
    {
        using FileStream stream = File.OpenRead("/dev/null");
        PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.ApplyAsync(static h => h.Name, new Holder(stream))));
        Assert.StartsWith("args", fault.Path, StringComparison.Ordinal);
        Assert.Contains("_content", fault.Path, StringComparison.Ordinal);
        Assert.Contains("FileStream", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Map_UnpicklableItem_ThrowsWithItsPathAndDoesNotHang()
    {
        using FileStream stream = File.OpenRead("/dev/null");
        Holder[] items = [new(null), new(stream), new(null)];
        PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.MapAsync(static h => h.Name, items, chunkSize: 1)));
        Assert.Contains("_content", fault.Path, StringComparison.Ordinal);
        Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.MapAsync(static h => h.Name, items, chunkSize: 3)));
        Assert.IsType<PickleException>(await Watchdog.FaultOf(_pool.MapStreamAsync(static h => h.Name, items).ToListAsync()));
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_UnpicklableResult_ThrowsWithItsPath()
    {
        PickleException fault = Assert.IsType<PickleException>(
            await Watchdog.FaultOf(_pool.ApplyAsync(static () => new Holder(File.OpenRead("/dev/null")))));
        Assert.StartsWith("result", fault.Path, StringComparison.Ordinal);
        Assert.Contains("_content", fault.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_UnpicklableCapture_ThrowsAtTheCallAndNamesTheVariable()
    {
        using FileStream stream = File.OpenRead("/dev/null");
        (Func<long> none, Func<int, long> one) = Capture(stream);
        Action[] calls =
        [
            () => _pool.Apply(none),
            () => { _pool.ApplyAsync(none); },
            () => { _pool.MapAsync(one, [1]); },
            () => _ = _pool.MapStream(one, [1]),
            () => _ = _pool.MapStreamAsync(one, [1]),
        ];
        Assert.All(calls, static call => Assert.Contains("'captured'", Watchdog.ThrownAtCall<PickleException>(call).Message, StringComparison.Ordinal));

        static (Func<long> None, Func<int, long> One) Capture(FileStream captured) => (() => captured.Length, n => captured.Length + n);
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_ResultThatCannotBeRebuiltHere_FailsThatTaskOnly()
    {
        Task<int> neighbour = _pool.ApplyAsync(static n => n, 9);
        Exception fault = await Watchdog.FaultOf(_pool.ApplyAsync(static () => new OneWay()));
        Assert.Contains("only outwards", fault.ToString(), StringComparison.Ordinal);
        fault = await Watchdog.FaultOf(_pool.MapAsync(static n => new OneWay(), Enumerable.Range(0, 10)));
        Assert.Contains("only outwards", fault.ToString(), StringComparison.Ordinal);
        Assert.Equal(9, await neighbour.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_ArgumentWhoseCodeThrowsWhileItIsRead_FailsThatTaskOnly()
    {
        Exception fault = await Watchdog.FaultOf(_pool.ApplyAsync(static a => a.GetHashCode(), new OneWay { RefusesWorkers = true }));
        Assert.Contains("only outwards", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_FunctionWhoseTypeCannotLoadInWorkers_SaysSo()
    {
        PersistedAssemblyBuilder builder = new(new AssemblyName("OnlyHere"), typeof(object).Assembly);
        TypeBuilder type = builder.DefineDynamicModule("OnlyHere").DefineType("Functions", TypeAttributes.Public);
        ILGenerator code = type.DefineMethod("Seven", MethodAttributes.Public | MethodAttributes.Static, typeof(int), []).GetILGenerator();
        code.Emit(OpCodes.Ldc_I4_7);
        code.Emit(OpCodes.Ret);
        type.CreateType();
        using MemoryStream image = new();
        builder.Save(image);
        Func<int> seven = Assembly.Load(image.ToArray()).GetType("Functions")!.GetMethod("Seven")!.CreateDelegate<Func<int>>();
        Assert.Equal(7, seven());

        Exception fault = await Watchdog.FaultOf(Task.Run(() => _pool.ApplyAsync(seven)));
        Assert.Contains("OnlyHere", Assert.IsType<PickleException>(fault).Message, StringComparison.Ordinal);
        fault = await Watchdog.FaultOf(Task.Run(() => _pool.MapAsync(Wrap(seven), [1, 2])));
        Assert.Contains("OnlyHere", Assert.IsType<PickleException>(fault).Message, StringComparison.Ordinal);

        static Func<int, int> Wrap(Func<int> function) => _ => function();
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_MessageBeyondTheLimit_IsRefused()
    {
        // The arrays are never touched, so they cost addresses and no memory.
        PickleException fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(
            _pool.ApplyAsync(static a => a.Length, (byte[][])[GC.AllocateUninitializedArray<byte>(1_100_000_000), GC.AllocateUninitializedArray<byte>(1_100_000_000)])));
        Assert.Contains("limit", fault.Message, StringComparison.Ordinal);
        fault = Assert.IsType<PickleException>(await Watchdog.FaultOf(
            _pool.ApplyAsync(static () => (byte[][])[GC.AllocateUninitializedArray<byte>(1_100_000_000), GC.AllocateUninitializedArray<byte>(1_100_000_000)])));
        Assert.Contains("limit", fault.Message, StringComparison.Ordinal);
    }

    private static int ThrowOwn(int number) => throw new OwnException("five", new FormatException("inner")) { Number = number };

    private static int ThrowUnpicklable() => throw new UnpicklableException();

    internal sealed class OwnException(string message, Exception inner) : Exception(message, inner)
    {
        public int Number { get; init; }
    }

    internal sealed class UnpicklableException() : Exception("holds a stream")
    {
        /// <summary>Of a file of its own: another program may have locked a device for a moment.</summary>
        public FileStream Content { get; } = File.OpenRead(typeof(UnpicklableException).Assembly.Location);
    }

    internal sealed class RudeException : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");
    }

    internal sealed class Holder(Stream? content)
    {
        private readonly Stream? _content = content;

        public string Name => _content?.GetType().Name ?? "nothing";
    }

    /// <summary>Can be read on one side only.</summary>
    internal sealed class OneWay
    {
        public bool RefusesWorkers { get; init; }

        [System.Runtime.Serialization.OnDeserialized]
        internal void OnDeserialized(System.Runtime.Serialization.StreamingContext context)
        {
            if (RefusesWorkers == WorkerProcess.IsWorker)
            {
                throw new NotSupportedException("only outwards");
            }
        }
    }
}
