using System.Globalization;
using Cohort.Platform;
using Cohort.Subprocesses;

namespace Cohort.Tests.Workers;

/// <summary>A worker's life as its parent sees it.</summary>
public sealed class WorkerLifeTests : WorkerTest
{
    [Fact]
    public void Before_the_start_there_is_no_process()
    {
        using WorkerProcess worker = new(Stay);
        Assert.Null(worker.ProcessId);
        Assert.Null(worker.Ident);
        Assert.Null(worker.ExitCode);
        Assert.False(worker.IsAlive);
        Assert.DoesNotContain(worker, WorkerProcess.ActiveChildren());
        Assert.Throws<InvalidOperationException>(worker.Join);
        Assert.Throws<InvalidOperationException>(() => worker.TryJoin(TimeSpan.Zero));
        Assert.Throws<InvalidOperationException>(() => worker.Sentinel);
        Assert.Throws<InvalidOperationException>(() => { _ = worker.Exited; });
        Assert.Throws<InvalidOperationException>(worker.Terminate);
        Assert.Throws<InvalidOperationException>(worker.Kill);
        Assert.Contains("initial", worker.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Start_Again_ThrowsAndDisturbsNothing()
    {
        using WorkerProcess worker = WorkerProcess.Start(Stay);
        int? processId = worker.ProcessId;
        Assert.Throws<InvalidOperationException>(worker.Start);
        Assert.Equal(processId, worker.ProcessId);
        Assert.True(worker.IsAlive);
        Assert.Null(worker.ExitCode);
        Assert.Contains("started", worker.ToString(), StringComparison.Ordinal);
        worker.Kill();
        Join(worker);
        Assert.Throws<InvalidOperationException>(worker.Start);
        Assert.Contains("exit code -9", worker.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_many_threads_that_start_one_worker_one_does()
    {
        using WorkerProcess worker = new(static () => { });
        Task<bool>[] starts = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            try
            {
                worker.Start();
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }))];
        Assert.Single(await Task.WhenAll(starts), static started => started);
        Assert.Equal(0, Join(worker));
    }

    [Fact(Timeout = 60_000)]
    public async Task Join_comes_in_four_forms()
    {
        using WorkerProcess worker = WorkerProcess.Start(Stay);
        Assert.False(worker.TryJoin(TimeSpan.FromMilliseconds(10)));
        Assert.False(await worker.TryJoinAsync(TimeSpan.FromMilliseconds(10), CancellationToken.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => worker.TryJoin(TimeSpan.FromMilliseconds(-2)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => worker.TryJoinAsync(TimeSpan.FromMilliseconds(-2), CancellationToken.None));
        using CancellationTokenSource cancellation = new();
        Task cancelled = worker.JoinAsync(cancellation.Token);
        Task<bool> alsoCancelled = worker.TryJoinAsync(Watchdog, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alsoCancelled);
        Assert.True(worker.IsAlive);

        Task blocked = Task.Run(worker.Join);
        Task<bool> timed = worker.TryJoinAsync(Watchdog, CancellationToken.None);
        Task<bool> longest = worker.TryJoinAsync(TimeSpan.MaxValue, CancellationToken.None);
        worker.Kill();
        await blocked;
        Assert.True(await timed);
        Assert.True(await longest);
        await worker.JoinAsync(CancellationToken.None);
        Assert.True(worker.TryJoin(TimeSpan.Zero));
        Assert.False(worker.IsAlive);
        Assert.Equal(-9, worker.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Sentinels_are_handles_to_wait_for_any()
    {
        using WorkerProcess one = WorkerProcess.Start(Stay);
        using WorkerProcess two = WorkerProcess.Start(Stay);
        WaitHandle[] sentinels = [one.Sentinel, two.Sentinel];
        Assert.Equal(WaitHandle.WaitTimeout, WaitHandle.WaitAny(sentinels, 0));
        two.Kill();
        Assert.Equal(1, WaitHandle.WaitAny(sentinels, Watchdog));
        await two.Exited;
        Assert.False(one.Exited.IsCompleted);
        Assert.Equal(-9, two.ExitCode);
        one.Kill();
        Assert.True(WaitHandle.WaitAll(sentinels, Watchdog));
    }

    [Fact]
    public void Close_is_refused_while_the_worker_runs_and_final_afterwards()
    {
        WorkerProcess worker = WorkerProcess.Start(Stay);
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(worker.Close);
        Assert.Contains(worker.Name, fault.Message, StringComparison.Ordinal);
        Assert.True(worker.IsAlive);
        worker.Kill();
        Join(worker);
        worker.Close();
        worker.Close();
        Assert.Throws<ObjectDisposedException>(() => worker.IsAlive);
        Assert.Throws<ObjectDisposedException>(() => worker.ExitCode);
        Assert.Throws<ObjectDisposedException>(() => worker.Sentinel);
        Assert.Throws<ObjectDisposedException>(worker.Join);
        Assert.Throws<ObjectDisposedException>(() => worker.TryJoin(TimeSpan.Zero));
        Assert.Throws<ObjectDisposedException>(worker.Terminate);
        Assert.Throws<ObjectDisposedException>(worker.Kill);
        Assert.Throws<ObjectDisposedException>(worker.Start);
        Assert.Contains("closed", worker.ToString(), StringComparison.Ordinal);
        worker.Dispose();
    }

    [Fact]
    public void Close_of_one_that_was_never_started_is_final()
    {
        WorkerProcess worker = new(static () => { });
        worker.Close();
        Assert.Throws<ObjectDisposedException>(worker.Start);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_ends_the_worker()
    {
        WorkerProcess one = WorkerProcess.Start(Stay);
        Task exited = one.Exited;
        one.Dispose();
        Assert.True(exited.IsCompleted);
        one.Dispose();
        WorkerProcess other = WorkerProcess.Start(Stay);
        exited = other.Exited;
        await other.DisposeAsync();
        Assert.True(exited.IsCompleted);
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_many_threads_that_dispose_a_worker_none_fails()
    {
        for (int round = 0; round < 5; round++)
        {
            WorkerProcess worker = WorkerProcess.Start(Stay);
            using Barrier start = new(4);
            await Task.WhenAll(Enumerable.Range(0, start.ParticipantCount).Select(_ => Tests.Watchdog.Run(() =>
            {
                start.SignalAndWait();
                worker.Dispose();
            })));
            Assert.Contains("closed", worker.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_worker_that_is_dead_before_it_gets_its_job_is_started_and_has_ended()
    {
        HashSet<int> others = Children();
        ActingLimits limits = new();
        using WorkerProcess worker = new(Stay, new WorkerOptions { Limits = new() { ResourceLimits = limits } });
        limits.Act = () =>
        {
            int started = Assert.Single(Children().Except(others));
            Assert.True(ProcessIdentity.Of(started)!.Value.TrySignal(Signal.SIGKILL));
            Assert.True(SpinWait.SpinUntil(() => ProcessStat.Of(started) is null, Watchdog));
        };
        worker.Start();
        Assert.Equal(-9, Join(worker));
    }

    [Fact]
    public void The_current_process_cannot_be_started_joined_or_closed()
    {
        WorkerProcess current = WorkerProcess.Current;
        Assert.Throws<InvalidOperationException>(current.Start);
        Assert.Throws<InvalidOperationException>(current.Join);
        Assert.Throws<InvalidOperationException>(current.Kill);
        Assert.Throws<InvalidOperationException>(() => current.Sentinel);
        Assert.Throws<InvalidOperationException>(() => current.IsDaemon = true);
        current.Close();
        current.Dispose();
        Assert.True(current.IsAlive);
        Assert.Null(current.ExitCode);
        Assert.Equal(Environment.ProcessId, current.Ident);
        Assert.Contains("current", current.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Twenty_workers_at_once_are_started_joined_and_gone()
    {
        Leaks before = Leaks.Snapshot();
        WorkerProcess[] workers = [.. Enumerable.Range(0, 20).Select(i => WorkerProcess.Start(
            static (folder, number) => File.WriteAllText(Path.Combine(folder, $"{number}"), $"{Environment.ProcessId}"), Folder, i))];
        Assert.Equal(20, workers.Select(static worker => worker.ProcessId).Distinct().Count());
        for (int i = 0; i < workers.Length; i++)
        {
            Assert.Equal(0, Join(workers[i]));
            Assert.Equal(File.ReadAllText(PathOf($"{i}")), $"{workers[i].ProcessId}");
            workers[i].Dispose();
        }

        Assert.Empty(WorkerProcess.ActiveChildren());
        Leaks.AssertNone(before);
    }

    [Fact]
    public void Twenty_sleeping_workers_are_terminated()
    {
        Leaks before = Leaks.Snapshot();
        WorkerProcess[] workers = [.. Enumerable.Range(0, 20).Select(_ => WorkerProcess.Start(Stay, new WorkerOptions { IsDaemon = true }))];
        Assert.Equal(20, workers.Intersect(WorkerProcess.ActiveChildren()).Count());
        Array.ForEach(workers, static worker => worker.Terminate());
        Assert.All(workers, static worker => Assert.Equal(-15, Join(worker)));
        Array.ForEach(workers, static worker => worker.Dispose());
        Leaks.AssertNone(before);
    }

    [Fact]
    public void A_worker_gets_nothing_of_its_siblings()
    {
        using FileStream open = File.Create(PathOf("open"));
        string alone = DescriptorsOfAWorker("alone");
        WorkerProcess[] siblings = [.. Enumerable.Range(0, 5).Select(static _ => WorkerProcess.Start(Stay))];
        string among = DescriptorsOfAWorker("among");
        Array.ForEach(siblings, static sibling => sibling.Dispose());
        Assert.Equal(alone, among);
        Assert.Contains("1 socket", alone, StringComparison.Ordinal);
        Assert.DoesNotContain("open", alone, StringComparison.Ordinal);
    }

    private static HashSet<int> Children() =>
        [.. ProcessTree.ChildrenOf(Environment.ProcessId).Select(static child => child.Identity.ProcessId)];

    private string DescriptorsOfAWorker(string name)
    {
        string path = PathOf(name);
        Assert.Equal(0, ExitCodeOf(() => File.WriteAllText(path, Descriptors())));
        return File.ReadAllText(path);
    }

    /// <summary>How many descriptors of which kind this process has, but for what the runtime maps.</summary>
    private static string Descriptors()
    {
        IEnumerable<string> kinds = Directory.GetFileSystemEntries("/proc/self/fd")
            .Select(static path => new FileInfo(path).LinkTarget ?? "")
            .Where(static target => target.Length > 0 && Path.GetExtension(target) is not (".dll" or ".pdb" or ".so" or ".dat") && !target.StartsWith("/proc/", StringComparison.Ordinal))
            .Select(static target => target.StartsWith('/') ? target : target.Split(':')[0])
            .GroupBy(static kind => kind)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}"));
        return string.Join('\n', kinds);
    }

    /// <summary>No limits, and something that is done when they are set.</summary>
    private sealed class ActingLimits : Dictionary<LimitedResource, ResourceLimit>, IEnumerable<KeyValuePair<LimitedResource, ResourceLimit>>
    {
        public Action? Act { get; set; }

        IEnumerator<KeyValuePair<LimitedResource, ResourceLimit>> IEnumerable<KeyValuePair<LimitedResource, ResourceLimit>>.GetEnumerator()
        {
            Act?.Invoke();
            return GetEnumerator();
        }
    }
}
