using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Tests.Pools;

/// <summary>Values that go once to each worker.</summary>
public sealed class BroadcastTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task Value_InWorkers_IsDecodedOnceAProcess()
    {
        await using ProcessPool pool = new(workers: 2);
        using Broadcast<Model> model = new(new Model { Name = "shared" });
        (int, int)[] captured = await pool.MapAsync(_ => (Environment.ProcessId, RuntimeHelpers.GetHashCode(model.Value)), Enumerable.Range(0, 50), chunkSize: 1).Watched();
        (int, int)[] given = await pool.MapAsync(
            static model => (Environment.ProcessId, RuntimeHelpers.GetHashCode(model.Value)), Enumerable.Repeat(model, 50), chunkSize: 1).Watched();
        Assert.All(captured.Concat(given).GroupBy(static pair => pair.Item1), static group => Assert.Single(group.Distinct()));
        int[] decoded = await pool.MapAsync(static _ => Model.Decoded, Enumerable.Range(0, 20), chunkSize: 1).Watched();
        Assert.All(decoded, static count => Assert.InRange(count, 0, 1));
    }

    [Fact(Timeout = Limit)]
    public async Task Value_AskedForByManyThreads_IsDecodedOnce()
    {
        await using ProcessPool pool = new(workers: 1);
        using Broadcast<Model> model = Broadcast.Create(new Model { Name = "threads" });
        int count = await pool.ApplyAsync(
            static model =>
            {
                HashSet<Model> seen = new(ReferenceEqualityComparer.Instance);
                Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
                {
                    Model value = model.Value;
                    lock (seen)
                    {
                        seen.Add(value);
                    }
                });
                return seen.Count + (Model.Decoded * 10);
            },
            model).Watched();
        Assert.Equal(11, count);
    }

    [Fact(Timeout = Limit)]
    public async Task Value_InTheProcessThatMadeIt_IsTheVeryObject()
    {
        Model value = new() { Name = "own" };
        await using ProcessPool pool = new(workers: 1);
        using Broadcast<Model> model = new(value);
        Assert.Same(value, model.Value);
        Broadcast<Model> back = await pool.ApplyAsync(static model => model, model).Watched();
        Assert.Same(value, back.Value);
        using ThreadWorkerPool threads = new(workers: 1);
        Assert.Same(value, await threads.ApplyAsync(static model => model.Value, model).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Value_InAWorkerThatStartedLater_IsThereToo()
    {
        using Broadcast<int[]> numbers = new([1, 2, 3]);
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, StateFactory = () => numbers.Value });
        Func<int> sum = () => numbers.Value.Sum();
        Assert.Equal(6, await pool.ApplyAsync(sum).Watched());
        Deaths.Kill(pool.WorkerProcessIds[0]);
        Assert.Equal(6, await pool.ApplyAsync(sum).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Value_OfAHundredMegabytes_ArrivesAndIsGivenBackWhenItIsDisposed()
    {
        long[] data = GC.AllocateUninitializedArray<long>(100 << 17);
        Array.Fill(data, 5);
        await using ProcessPool pool = new(workers: 1);
        int process = pool.WorkerProcessIds[0];
        Broadcast<long[]> large = new(data);
        Assert.Equal((5L, data.Length), await pool.ApplyAsync(static large => (large.Value[^1], large.Value.Length), large).Watched());
        Assert.Equal(1, await pool.ApplyAsync(static () => Broadcasts.KeptCount).Watched());
        Assert.True(MapsOf(process) > 100L << 20, "the memory is mapped there");
        large.Dispose();
        await Eventually.TrueAsync(() => pool.Apply(static () => Broadcasts.KeptCount) == 0);
        await Eventually.TrueAsync(() => MapsOf(process) == 0);

        static long MapsOf(int process) => File.ReadLines($"/proc/{process}/maps")
            .Where(static line => line.Contains("cohort-shared", StringComparison.Ordinal))
            .Select(static line => line.Split(' ')[0].Split('-'))
            .Sum(static ends => Convert.ToInt64(ends[1], 16) - Convert.ToInt64(ends[0], 16));
    }

    [Fact(Timeout = Limit)]
    public async Task Value_AfterItsEnd_IsAClearErrorEverywhere()
    {
        await using ProcessPool pool = new(workers: 1);
        Broadcast<string> text = new("short");
        Assert.Equal(5, await pool.ApplyAsync(() => text.Value.Length).Watched());
        Func<Broadcast<string>> keep = () => (Broadcast<string>)(AppContext.GetData("kept") ?? text);
        await pool.ApplyAsync(static text => AppContext.SetData("kept", text), text).Watched();
        text.Dispose();
        text.Dispose();
        Assert.Throws<ObjectDisposedException>(() => text.Value);
        Assert.Contains("disposed", text.ToString(), StringComparison.Ordinal);
        SharedObjectLostException lost = Assert.IsType<SharedObjectLostException>(await Watchdog.FaultOf(
            pool.ApplyAsync(static () => ((Broadcast<string>)AppContext.GetData("kept")!).Value)));
        Assert.Contains("broadcast", lost.Message, StringComparison.Ordinal);
        Assert.IsType<PickleException>(await Watchdog.FaultOf(pool.ApplyAsync(static text => text.Value, text)));
        GC.KeepAlive(keep);
    }

    [Fact(Timeout = Limit)]
    public async Task Value_WhoseCreatorHasEnded_IsAClearError()
    {
        await using ProcessPool pool = new(workers: 1);
        Broadcast<Model> orphan = await pool.ApplyAsync(static () => new Broadcast<Model>(new Model { Name = "orphan" })).Watched();
        Broadcast<Model> known = await pool.ApplyAsync(static () => new Broadcast<Model>(new Model { Name = "known" })).Watched();
        Assert.Equal("known", known.Value.Name);
        Deaths.Kill(pool.WorkerProcessIds[0]);
        await pool.ApplyAsync(static () => { }).Watched();
        Assert.Throws<SharedObjectLostException>(() => orphan.Value);
        await Eventually.TrueAsync(() => IsLost(known));
    }

    [Fact(Timeout = Limit)]
    public async Task Value_ThatNobodyRefersToAnyMore_IsGivenBack()
    {
        WeakReference entry = Make();
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return !entry.IsAlive;
        });

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Make() => new(new Broadcast<byte[]>(new byte[1000]));
    }

    [Fact]
    public void Value_ThatCannotTravel_IsRefusedAtOnce() =>
        Assert.Contains("broadcast value", Assert.Throws<PickleException>(static () => new Broadcast<Thread>(Thread.CurrentThread)).Message, StringComparison.Ordinal);

    private static bool IsLost(Broadcast<Model> model)
    {
        try
        {
            return model.Value is null;
        }
        catch (SharedObjectLostException)
        {
            return true;
        }
    }

    internal sealed class Model
    {
        public static int Decoded { get; private set; }

        public string Name { get; set; } = "";

        [OnDeserialized]
        internal void NoteDecoded(StreamingContext context) => Decoded++;
    }
}
