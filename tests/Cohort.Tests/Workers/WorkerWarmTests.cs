using Cohort.Platform;

namespace Cohort.Tests.Workers;

/// <summary>Workers that are started before they are needed.</summary>
public sealed class WorkerWarmTests : WorkerTest
{
    private static readonly WorkerOptions s_warm = new() { Context = WorkerContext.Warm };

    [Fact(Timeout = 120_000)]
    public async Task A_prepared_worker_is_taken_and_the_set_ends_when_it_is_asked_to()
    {
        HashSet<int> known = await ChildrenWithoutStandbyAsync();
        Leaks before = Leaks.Snapshot();
        await WorkerContext.PrepareWarmAsync(2);
        int[] standby = [.. Children().Except(known)];
        Assert.Equal(2, standby.Length);
        Assert.Empty(WorkerProcess.ActiveChildren());

        using (WorkerProcess worker = WorkerProcess.Start(static path => File.WriteAllText(path, WorkerProcess.Current.Name), Note, s_warm with { Name = "Warm" }))
        {
            Assert.Contains(worker.ProcessId!.Value, standby);
            Assert.Equal(0, Join(worker));
            Assert.Equal("Warm", File.ReadAllText(Note));
        }

        // It refills in the background.
        await Eventually.TrueAsync(static () => WorkerContext.StandbyCount == 2);
        await WorkerContext.PrepareWarmAsync(0);
        Assert.Equal(0, WorkerContext.StandbyCount);
        await Eventually.TrueAsync(() => Children().IsSubsetOf(known));
        Leaks.AssertNone(before);
    }

    [Fact]
    public async Task Prepare_ANegativeCount_Throws() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(static () => WorkerContext.PrepareWarmAsync(-1));

    [Fact(Timeout = 120_000)]
    public async Task A_standby_worker_that_was_killed_is_not_used()
    {
        HashSet<int> known = await ChildrenWithoutStandbyAsync();
        await WorkerContext.PrepareWarmAsync(1);
        int standby = Assert.Single(Children().Except(known));
        Assert.True(ProcessIdentity.Of(standby)!.Value.TrySignal(Signal.SIGKILL));
        await Eventually.TrueAsync(() => ProcessStat.Of(standby) is null);
        using WorkerProcess worker = WorkerProcess.Start(static path => File.WriteAllText(path, "done"), Note, s_warm);
        Assert.NotEqual(standby, worker.ProcessId);
        Assert.Equal(0, Join(worker));
        await WorkerContext.PrepareWarmAsync(0);
        await Eventually.TrueAsync(() => Children().IsSubsetOf(known));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_standby_worker_that_was_killed_is_replaced_by_the_next_preparation()
    {
        HashSet<int> known = await ChildrenWithoutStandbyAsync();
        await WorkerContext.PrepareWarmAsync(1);
        int standby = Assert.Single(Children().Except(known));
        Assert.True(ProcessIdentity.Of(standby)!.Value.TrySignal(Signal.SIGKILL));
        await Eventually.TrueAsync(() => ProcessStat.Of(standby) is null);
        await WorkerContext.PrepareWarmAsync(1);
        Assert.Single(Children().Except(known));
        Assert.Equal(1, WorkerContext.StandbyCount);
        await WorkerContext.PrepareWarmAsync(0);
        await Eventually.TrueAsync(() => Children().IsSubsetOf(known));
    }

    [Fact(Timeout = 120_000)]
    public async Task Starts_from_many_threads_while_the_set_is_refilled_and_resized_have_a_worker_each()
    {
        const int Threads = 4;
        const int StartsEach = 6;
        HashSet<int> known = await ChildrenWithoutStandbyAsync();
        Leaks before = Leaks.Snapshot();
        await WorkerContext.PrepareWarmAsync(2);

        Task<(int Id, int Code)[]>[] starters = [.. Enumerable.Range(0, Threads).Select(static _ => Task.Factory.StartNew(
            static () => Enumerable.Range(0, StartsEach).Select(static _ => StartAndJoin()).ToArray(),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        for (int i = 0; !Task.WhenAll(starters).IsCompleted; i++)
        {
            await WorkerContext.PrepareWarmAsync(1 + (i % 3));
        }

        (int Id, int Code)[] workers = [.. (await Task.WhenAll(starters)).SelectMany(static ended => ended)];
        Assert.All(workers, static worker => Assert.Equal(0, worker.Code));
        Assert.Equal(Threads * StartsEach, workers.Select(static worker => worker.Id).Distinct().Count());
        await WorkerContext.PrepareWarmAsync(2);
        Assert.Equal(2, WorkerContext.StandbyCount);
        await WorkerContext.PrepareWarmAsync(0);
        await Eventually.TrueAsync(() => Children().IsSubsetOf(known));
        Leaks.AssertNone(before);

        static (int Id, int Code) StartAndJoin()
        {
            using WorkerProcess worker = WorkerProcess.Start(static () => { }, s_warm);
            return (worker.ProcessId!.Value, Join(worker));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_warm_worker_has_the_settings_of_its_start_and_not_of_the_sets()
    {
        await WorkerContext.PrepareWarmAsync(1);
        int before = WorkerLog.Level;
        try
        {
            WorkerLog.Level = WorkerLog.Debug;
            WorkerProcess worker = WorkerProcess.Start(
                static path =>
                {
                    using WorkerProcess child = new(static () => { });
                    File.WriteAllText(path, $"{WorkerLog.Level} {Directory.GetCurrentDirectory()} {child.Name} {WorkerProcess.Parent!.ProcessId}");
                },
                Note,
                s_warm with { WorkingDirectory = Folder, Name = "Ada" });
            Assert.Equal($"10 {Folder} Ada:1 {Environment.ProcessId}", NoteOf(worker));
        }
        finally
        {
            WorkerLog.Level = before;
            await WorkerContext.PrepareWarmAsync(0);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_with_variables_of_its_own_is_a_new_process()
    {
        HashSet<int> known = await ChildrenWithoutStandbyAsync();
        await WorkerContext.PrepareWarmAsync(1);
        int standby = Assert.Single(Children().Except(known));
        using WorkerProcess worker = WorkerProcess.Start(
            static path => File.WriteAllText(path, Environment.GetEnvironmentVariable("COHORTTEST")),
            Note,
            s_warm with { EnvironmentVariables = new Dictionary<string, string?> { ["COHORTTEST"] = "own" } });
        Assert.NotEqual(standby, worker.ProcessId);
        Assert.Equal(0, Join(worker));
        Assert.Equal("own", await File.ReadAllTextAsync(Note));
        await WorkerContext.PrepareWarmAsync(0);
        await Eventually.TrueAsync(() => Children().IsSubsetOf(known));
    }

    /// <summary>The children there are once the standby workers of tests before have ended.</summary>
    private static async Task<HashSet<int>> ChildrenWithoutStandbyAsync()
    {
        await WorkerContext.PrepareWarmAsync(0);
        await Eventually.TrueAsync(static () => Children().Count == 0);
        return [];
    }

    private static HashSet<int> Children() =>
        [.. ProcessTree.DescendantsOf(Environment.ProcessId).Select(static process => process.Identity.ProcessId)];
}
