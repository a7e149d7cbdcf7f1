using System.Runtime.CompilerServices;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>What is particular to a pool without workers.</summary>
public sealed class InlinePoolTests
{
    private const int Limit = 60_000;

    [Fact]
    public void Tasks_RunInTheCallerBeforeTheCallReturns()
    {
        using InlinePool pool = new();
        Assert.Equal(1, pool.WorkerCount);
        Assert.StartsWith("InlinePool-", pool.Name, StringComparison.Ordinal);
        Task<int> thread = pool.ApplyAsync(static () => Environment.CurrentManagedThreadId);
        Assert.True(thread.IsCompletedSuccessfully);
        Assert.Equal(Environment.CurrentManagedThreadId, thread.Result);
        Assert.True(pool.MapAsync(static n => n, Enumerable.Range(0, 100)).IsCompletedSuccessfully);
        Assert.True(pool.ApplyAsync(static () => throw new FormatException()).IsFaulted);
        Assert.True(pool.ApplyAsync(static async () => await Task.Delay(1)).IsCompletedSuccessfully);
    }

    [Fact]
    public void Stack_LeadsToTheCaller()
    {
        using InlinePool pool = new();
        Assert.Contains(nameof(CallFromHere), CallFromHere(pool), StringComparison.Ordinal);
        Assert.Contains(nameof(StreamFromHere), StreamFromHere(pool), StringComparison.Ordinal);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static string CallFromHere(InlinePool pool) => pool.ApplyAsync(static () => Environment.StackTrace).Result;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static string StreamFromHere(InlinePool pool) => string.Concat(pool.MapStream(static n => Environment.StackTrace, [1]).ToList());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public void MapStream_EachItem_IsReadAndRunWhenItsResultIsAskedFor(int? chunkSize)
    {
        using InlinePool pool = new();
        List<string> log = [];
        foreach (int result in pool.MapStream(n => { log.Add($"run {n}"); return n; }, Items(), chunkSize: chunkSize))
        {
            log.Add($"take {result}");
        }

        Assert.Equal(["read 0", "run 0", "take 0", "read 1", "run 1", "take 1"], log);

        IEnumerable<int> Items()
        {
            for (int i = 0; i < 2; i++)
            {
                log.Add($"read {i}");
                yield return i;
            }
        }
    }

    [Fact]
    public void Functions_MayCallTheirOwnPool()
    {
        using InlinePool pool = new();
        Assert.Equal(6, pool.Apply(() => pool.Map(n => pool.Apply(static m => m * 2, n), [1, 2]).Sum()));
    }

    [Fact(Timeout = Limit)]
    public async Task Functions_ThatWaitForTheEndOfTheirPool_AreToldSo()
    {
        InlinePool pool = new();
        Exception fault = await Watchdog.FaultOf(Watchdog.Run(() => pool.Apply(() =>
        {
            pool.Close();
            pool.Join();
        })));
        Assert.Contains("cannot wait for the end of that pool", Assert.IsType<InvalidOperationException>(fault).Message, StringComparison.Ordinal);
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        await pool.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Join_WhileAnotherThreadIsInside_WaitsForIt()
    {
        using ManualResetEventSlim running = new(), goOn = new();
        await using InlinePool pool = new();
        Task<int> call = Watchdog.Run(() => pool.Apply(() =>
        {
            running.Set();
            goOn.Wait();
            return 3;
        }));
        running.Wait(Watchdog.Limit, TestContext.Current.CancellationToken);
        pool.Close();
        Assert.False(pool.TryJoin(TimeSpan.FromMilliseconds(20)));
        goOn.Set();
        await pool.JoinAsync(TestContext.Current.CancellationToken).Watched();
        Assert.Equal(3, await call);
    }

    [Fact(Timeout = Limit)]
    public async Task Terminate_InAFunction_StopsItsMapAndDropsTheOutcome()
    {
        InlinePool pool = new();
        int ran = 0;
        Task<int[]> map = pool.MapAsync(
            n =>
            {
                ran++;
                pool.Terminate();
                return n;
            },
            Enumerable.Range(0, 10),
            1);
        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(map));
        Assert.Equal(1, ran);
        await pool.DisposeAsync();
    }

    [Fact]
    public void Token_CancelledInAFunction_StopsItsMap()
    {
        using InlinePool pool = new();
        using CancellationTokenSource source = new();
        int ran = 0;
        Func<int, int> cancel = n =>
        {
            ran++;
            source.Cancel();
            return n;
        };
        Assert.True(pool.MapAsync(cancel, Enumerable.Range(0, 10), 5, source.Token).IsCanceled);
        Assert.Equal(1, ran);
    }

    [Fact(Timeout = Limit)]
    public Task AsyncFunction_CallerWithASynchronizationContext_DoesNotWaitForItself() => Watchdog.Run(() =>
    {
        NeverRuns context = new();
        SynchronizationContext.SetSynchronizationContext(context);
        using InlinePool pool = new();
        Assert.Equal(4, pool.ApplyAsync(LaterAsync).GetAwaiter().GetResult());
        Assert.Same(context, SynchronizationContext.Current);
        SynchronizationContext.SetSynchronizationContext(null);

        static async Task<int> LaterAsync()
        {
            await Task.Delay(1);
            return 4;
        }
    });

    private sealed class NeverRuns : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
