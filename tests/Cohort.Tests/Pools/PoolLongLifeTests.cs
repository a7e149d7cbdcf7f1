using System.Runtime.CompilerServices;
using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>Pools that live for weeks: what they count does not run over, and what they were given does not stay.</summary>
public sealed class PoolLongLifeTests
{
    private const int Limit = 120_000;

    [Fact]
    public void Tenure_WithoutALimit_TakesMoreTasksThanAnIntCounts()
    {
        WorkerTenure tenure = new() { IsActive = true, Answered = int.MaxValue };
        Assert.True(tenure.MayTake(1));
        tenure.Answered += int.MaxValue;
        Assert.True(tenure.MayTake(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 30) - 1025)]
    [InlineData(1 << 30)]
    [InlineData(uint.MaxValue)]
    public void Ids_OfHoweverManyMaps_FitTheFramesAndStayOffThoseForGood(uint count)
    {
        int id = FunctionTable.TransientId(count);
        Assert.InRange(id, 1025, PoolFrames.MaxFunctionId);
        Assert.Equal((id, true), PoolFrames.ReadFunctionWord(PoolFrames.FunctionWord(id, isTraced: true)));
        Assert.Equal((FunctionEntry.Inline, false), PoolFrames.ReadFunctionWord(PoolFrames.FunctionWord(FunctionEntry.Inline, isTraced: false)));
    }

    [Fact]
    public void Options_AreTakenOnce_ForTheWorkersOfLaterToo()
    {
        Dictionary<string, string?> variables = new() { ["A"] = "1" };
        List<int> cpus = [0];
        PoolSettings settings = PoolSettings.From(
            new ProcessPoolOptions { WorkingDirectory = ".", EnvironmentVariables = variables, Limits = new() { CpuAffinity = cpus } }, "Mill");
        variables.Clear();
        cpus[0] = 1;
        Assert.Equal(Environment.CurrentDirectory, settings.WorkingDirectory);
        Assert.Equal("1", settings.EnvironmentVariables!["A"]);
        Assert.Equal([0], settings.Limits!.CpuAffinity!);
    }

    [Fact(Timeout = Limit)]
    public async Task Arguments_AreLetGoOf_WhileThePoolIsIdle()
    {
        await using ProcessPool pool = new(1);
        WeakReference[] arguments = [.. await GiveAsync(pool)];
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            return Array.TrueForAll(arguments, static argument => !argument.IsAlive);
        });
        Assert.Single(pool.WorkerProcessIds);
    }

    [Fact(Timeout = Limit)]
    public async Task Result_OfManyMegabytes_LeavesNoBufferBehind()
    {
        await using ProcessPool pool = new(1);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(100 << 20, await LengthAsync(pool));
        await Eventually.TrueAsync(() => GC.GetTotalMemory(forceFullCollection: true) - before < 50 << 20);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> LengthAsync(ProcessPool pool) => (await pool.ApplyAsync(static () => new byte[100 << 20]).Watched()).Length;

    /// <summary>An array by itself, one that goes by its own pages, and an object with a reference to another.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> GiveAsync(ProcessPool pool)
    {
        byte[] small = new byte[100], large = new byte[1 << 20];
        List<object> list = [new Version(1, 2)];
        Assert.Equal(100, await pool.ApplyAsync(static bytes => bytes.Length, small).Watched());
        Assert.Equal(1 << 20, await pool.ApplyAsync(static bytes => bytes.Length, large).Watched());
        Assert.Equal(1, await pool.ApplyAsync(static list => list.Count, list).Watched());
        return [new(small), new(large), new(list), new(list[0])];
    }
}
