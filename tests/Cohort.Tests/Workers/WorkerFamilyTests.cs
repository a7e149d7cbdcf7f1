using System.Globalization;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Pools;
using Cohort.Pools.Observing;
using Cohort.Workers;

namespace Cohort.Tests.Workers;

/// <summary>What goes from parents to children and grandchildren.</summary>
public sealed class WorkerFamilyTests : WorkerTest
{
    [Fact]
    public void Three_generations_know_each_other()
    {
        WorkerProcess worker = WorkerProcess.Start(Generation, Note, 2, new WorkerOptions { Name = "First" });
        string[] lines = NoteOf(worker).TrimEnd('\n').Split('\n');
        Assert.Equal(
            [
                $"First of MainProcess {Environment.ProcessId} True",
                $"First:1 of First {worker.ProcessId} True",
            ],
            lines[..2]);
        Assert.Matches(@"^First:1:1 of First:1 \d+ True$", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public void A_given_key_reaches_grandchildren()
    {
        byte[] key = [1, 2, 3, 4];
        using WorkerProcess worker = WorkerProcess.Start(WriteKeyInChild, Note, new WorkerOptions { AuthKey = key });
        Assert.Equal(key, worker.AuthKey);
        Assert.Equal(0, Join(worker));
        Assert.Equal(key, File.ReadAllBytes(Note));
    }

    [Fact]
    public void The_own_key_reaches_grandchildren()
    {
        using WorkerProcess worker = WorkerProcess.Start(WriteKeyInChild, Note);
        Assert.Equal(0, Join(worker));
        Assert.Equal(WorkerProcess.Current.AuthKey, File.ReadAllBytes(Note));
    }

    [Fact]
    public void A_key_that_a_worker_sets_for_itself_is_its_childrens()
    {
        using WorkerProcess worker = WorkerProcess.Start(
            static path =>
            {
                WorkerProcess.Current.AuthKey = [9, 9];
                using WorkerProcess child = WorkerProcess.Start(WriteKey, path);
                child.Join();
            },
            Note);
        Assert.Equal(0, Join(worker));
        Assert.Equal([9, 9], File.ReadAllBytes(Note));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Children_are_daemons_like_their_parent_unless_told(bool isDaemon)
    {
        string note = NoteOf(WorkerProcess.Start(
            static (path, other) =>
            {
                using WorkerProcess child = new(static () => { });
                using WorkerProcess told = new(static () => { }, new WorkerOptions { IsDaemon = other });
                File.WriteAllText(path, $"{WorkerProcess.Current.IsDaemon} {child.IsDaemon} {told.IsDaemon}");
            },
            Note,
            !isDaemon,
            new WorkerOptions { IsDaemon = isDaemon }));
        Assert.Equal($"{isDaemon} {isDaemon} {!isDaemon}", note);
    }

    [Fact]
    public void A_worker_has_the_log_level_of_its_parent_at_the_start()
    {
        int before = WorkerLog.Level;
        try
        {
            WorkerLog.Level = WorkerLog.SubDebug;
            Assert.Equal("5", NoteOf(WorkerProcess.Start(static path => File.WriteAllText(path, $"{WorkerLog.Level}"), Note)));
        }
        finally
        {
            WorkerLog.Level = before;
        }
    }

    [Fact]
    public void A_log_handler_that_throws_does_not_keep_a_worker_from_its_end()
    {
        int before = WorkerLog.Level;
        int ends = 0;
        void Throw(int level, string message)
        {
            if (message.EndsWith("ended", StringComparison.Ordinal))
            {
                ends++;
                throw new NotSupportedException("expected");
            }
        }

        WorkerLog.Written += Throw;
        try
        {
            WorkerLog.Level = WorkerLog.Info;
            using WorkerProcess worker = WorkerProcess.Start(static () => { });
            Assert.Equal(0, Join(worker));
            Assert.True(worker.Sentinel.WaitOne(Watchdog));
            Assert.Equal(1, ends);
        }
        finally
        {
            WorkerLog.Written -= Throw;
            WorkerLog.Level = before;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_log_handler_that_throws_does_not_end_the_program_when_another_handler_does()
    {
        static void Throw(int level, string message) => throw new NotSupportedException(message);
        WorkerLog.Written += Throw;
        try
        {
            Assert.Throws<NotSupportedException>(() => WorkerLog.Write(WorkerLog.Warning, "mine"));
            PoolEventFeed feed = new("Mill", static _ => throw new InvalidOperationException("expected"));
            feed.Post(new PoolEvent(PoolEventKind.WorkerUp, DateTimeOffset.UtcNow, 1, "Worker-1", 0, 1));
            feed.Complete();
            await feed.Done.Watched();
        }
        finally
        {
            WorkerLog.Written -= Throw;
        }
    }

    [Fact]
    public void A_worker_has_the_default_context_of_its_parent()
    {
        WorkerContext before = WorkerContext.Default;
        try
        {
            WorkerContext.SetDefault(WorkerContext.Warm, force: true);
            Assert.Equal("warm True", NoteOf(WorkerProcess.Start(
                static path => File.WriteAllText(path, $"{WorkerContext.Default.Name} {WorkerContext.IsDefaultFixed}"), Note)));
        }
        finally
        {
            WorkerContext.SetDefault(before, force: true);
        }
    }

    [Fact]
    public void A_worker_knows_itself()
    {
        WorkerProcess worker = WorkerProcess.Start(
            static path =>
            {
                WorkerProcess self = WorkerProcess.Current;
                File.WriteAllText(path, $"{self.Name} {self.ProcessId == Environment.ProcessId} {self.IsAlive} {self.ExitCode is null} {WorkerProcess.IsWorker} {WorkerProcess.ActiveChildren().Count}");
            },
            Note,
            new WorkerOptions { Name = "Ada" });
        Assert.Equal("Ada True True True True 0", NoteOf(worker));
    }

    [Fact]
    public void A_name_that_is_set_after_the_start_stays_here()
    {
        using WorkerProcess worker = new(static () => { });
        worker.Name = "Renamed";
        worker.Start();
        worker.Name = "Again";
        Assert.Equal("Again", worker.Name);
        Assert.Equal(0, Join(worker));
    }

    [Fact]
    public void A_worker_waits_for_its_children_at_its_end()
    {
        Assert.Equal("from the grandchild", NoteOf(WorkerProcess.Start(
            static path => _ = WorkerProcess.Start(
                static inner =>
                {
                    Thread.Sleep(100);
                    File.WriteAllText(inner, "from the grandchild");
                },
                path),
            Note)));
    }

    [Fact]
    public void A_parent_that_runs_is_waited_for_in_vain_in_four_forms()
    {
        Assert.Equal("False False True True", NoteOf(WorkerProcess.Start(
            static async path =>
            {
                ParentProcess parent = WorkerProcess.Parent!;
                using CancellationTokenSource soon = new(20);
                bool cancelled = false;
                try
                {
                    await parent.JoinAsync(soon.Token);
                }
                catch (OperationCanceledException)
                {
                    cancelled = true;
                }

                TimeSpan tick = TimeSpan.FromMilliseconds(1);
                File.WriteAllText(path, $"{parent.TryJoin(tick)} {await parent.TryJoinAsync(tick, CancellationToken.None)} {cancelled} {parent.Ident == parent.ProcessId}");
            },
            Note)));
    }

    [Fact]
    public void A_worker_reaps_what_its_commands_leave_behind()
    {
        Assert.Equal("Z then gone", NoteOf(WorkerProcess.Start(
            static path =>
            {
                // The worker inherits what the shell has left to itself. It ends after the shell, which would reap it otherwise.
                int left = int.Parse(
                    Subprocess.CheckOutput(["sh", "-c", "sleep 1000 >/dev/null & echo $!"]), CultureInfo.InvariantCulture);
                Assert.Equal(0, Libc.Kill(left, Signal.SIGKILL));
                Assert.True(SpinWait.SpinUntil(() => ProcessStat.Of(left)!.Value.IsZombie, Watchdog));

                // As the watch of its start does every half minute.
                ParentWatch.Start(WorkerEntry.Session!.Control, sweepInterval: 10);
                Assert.True(SpinWait.SpinUntil(() => ProcessStat.Of(left) is null, Watchdog));
                File.WriteAllText(path, "Z then gone");
            },
            Note)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_parent_that_ends_ends_the_waits_for_it()
    {
        using Subprocess stranger = Subprocess.Start(["sleep", "1000"]);
        ParentProcess parent = new("Stranger", stranger.ProcessId);
        Assert.True(parent.IsAlive);
        Assert.Throws<ArgumentOutOfRangeException>(() => parent.TryJoin(TimeSpan.FromSeconds(-1)));
        Task[] waits =
        [
            Tests.Watchdog.Run(parent.Join), parent.JoinAsync(TestContext.Current.CancellationToken),
            parent.TryJoinAsync(TimeSpan.MaxValue, TestContext.Current.CancellationToken),
            Tests.Watchdog.Run(() => Assert.True(parent.TryJoin(TimeSpan.MaxValue))),
        ];
        stranger.Kill();
        await Task.WhenAll(waits).Watched();
        Assert.False(parent.IsAlive);
        Assert.True(parent.TryJoin(TimeSpan.Zero));
    }

    private static void Generation(string path, int more)
    {
        ParentProcess parent = WorkerProcess.Parent!;
        File.AppendAllText(path, $"{WorkerProcess.Current.Name} of {parent.Name} {parent.ProcessId} {parent.IsAlive}\n");
        if (more > 0)
        {
            using WorkerProcess child = WorkerProcess.Start(Generation, path, more - 1);
            child.Join();
            Environment.ExitCode = child.ExitCode!.Value;
        }
    }

    private static void WriteKeyInChild(string path)
    {
        using WorkerProcess child = WorkerProcess.Start(WriteKey, path);
        child.Join();
    }

    private static void WriteKey(string path) => File.WriteAllBytes(path, WorkerProcess.Current.AuthKey);
}
