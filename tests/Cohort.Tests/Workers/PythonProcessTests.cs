using System.Diagnostics;
using Cohort.Tests.Support;

namespace Cohort.Tests.Workers;

/// <summary>
/// What docs/from-python.md says of Python's <c>Process</c> and the functions around it, each shown once in its shortest
/// form.
/// </summary>
public sealed class PythonProcessTests : IDisposable
{
    private static readonly TimeSpan s_watchdog = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where a worker of a test says something.</summary>
    private string Said => _folder.PathOf("said");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Process_runs_its_target_with_its_arguments()
    {
        using WorkerProcess worker = WorkerProcess.Start(File.WriteAllText, Said, "hello");
        Join(worker);
        Assert.Equal("hello", File.ReadAllText(Said));
    }

    [Fact]
    public void Process_run_can_be_overridden()
    {
        using Speaker speaker = new(Said, "from Run");
        speaker.Start();
        Join(speaker);
        Assert.Equal("from Run", File.ReadAllText(Said));
    }

    [Fact]
    public void Process_start_works_once()
    {
        using WorkerProcess worker = new(static () => { });
        Assert.Null(worker.ProcessId);
        worker.Start();
        Assert.Throws<InvalidOperationException>(worker.Start);
        Join(worker);
        Assert.Throws<InvalidOperationException>(worker.Start);
    }

    [Fact]
    public async Task Process_join_waits_with_or_without_a_timeout()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        Assert.False(worker.TryJoin(TimeSpan.Zero));
        Assert.False(await worker.TryJoinAsync(TimeSpan.FromMilliseconds(20)));
        worker.Kill();
        await worker.JoinAsync().WaitAsync(s_watchdog);
        worker.Join();
        Assert.True(worker.TryJoin(TimeSpan.Zero));
    }

    [Fact]
    public void Process_join_of_one_that_was_not_started_is_refused()
    {
        using WorkerProcess worker = new(static () => { });
        Assert.Throws<InvalidOperationException>(worker.Join);
        Assert.Throws<InvalidOperationException>(WorkerProcess.Current.Join);
    }

    [Fact]
    public void Process_is_alive_from_its_start_to_its_end()
    {
        using WorkerProcess worker = new(static () => Thread.Sleep(Timeout.Infinite));
        Assert.False(worker.IsAlive);
        worker.Start();
        Assert.True(worker.IsAlive);
        worker.Kill();
        Join(worker);
        Assert.False(worker.IsAlive);
        Assert.True(WorkerProcess.Current.IsAlive);
    }

    [Fact]
    public void Process_name_is_given_or_made()
    {
        using WorkerProcess named = new(static () => { }, new WorkerOptions { Name = "Ada" });
        using WorkerProcess unnamed = new(static () => { });
        Assert.Equal("Ada", named.Name);
        Assert.Matches(@"^Worker-\d+$", unnamed.Name);
        named.Name = "Grace";
        Assert.Equal("Grace", named.Name);
        Assert.Throws<ArgumentNullException>(() => named.Name = null!);
    }

    [Fact]
    public void Process_daemon_is_settled_at_the_start()
    {
        using WorkerProcess worker = new(static () => { });
        Assert.False(worker.IsDaemon);
        worker.IsDaemon = true;
        worker.Start();
        Assert.Throws<InvalidOperationException>(() => worker.IsDaemon = false);
        Assert.True(worker.IsDaemon);
        Join(worker);
    }

    [Fact]
    public void Process_pid_and_ident_are_the_workers_own()
    {
        string said = Said;
        using WorkerProcess worker = WorkerProcess.Start(() => File.WriteAllText(said, $"{Environment.ProcessId}"));
        Join(worker);
        Assert.Equal(File.ReadAllText(said), $"{worker.ProcessId}");
        Assert.Equal(worker.ProcessId, worker.Ident);
        Assert.NotEqual(Environment.ProcessId, worker.ProcessId);
    }

    [Fact]
    public void Process_exitcode_says_how_it_ended()
    {
        Assert.Equal(0, ExitCodeOf(static () => { }));
        Assert.Equal(7, ExitCodeOf(static () => Environment.Exit(7)));
        Assert.Equal(5, ExitCodeOf(static () => Environment.ExitCode = 5));
        Assert.Equal(-9, ExitCodeOf(static () => Process.GetCurrentProcess().Kill()));
    }

    [Fact]
    public async Task Process_exitcode_of_an_unhandled_exception_is_1_and_its_traceback_is_printed()
    {
        ProgramRun run = await RunProgramAsync("""
            using Cohort;
            using WorkerProcess worker = WorkerProcess.Start(Fail, new WorkerOptions { Name = "Unlucky" });
            worker.Join();
            Console.WriteLine(worker.ExitCode);
            static void Fail() => throw new InvalidOperationException("no luck");
            """);
        Assert.Equal("1\n", run.Output);
        Assert.Contains("Unlucky", run.Errors, StringComparison.Ordinal);
        Assert.Contains("System.InvalidOperationException: no luck", run.Errors, StringComparison.Ordinal);
        Assert.Contains("Fail", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Process_authkey_is_inherited_and_can_be_set()
    {
        string said = Said;
        Assert.Equal(32, WorkerProcess.Current.AuthKey.Length);
        using WorkerProcess heir = WorkerProcess.Start(() => File.WriteAllBytes(said, WorkerProcess.Current.AuthKey));
        Join(heir);
        Assert.Equal(WorkerProcess.Current.AuthKey, File.ReadAllBytes(said));

        using WorkerProcess other = WorkerProcess.Start(
            () => File.WriteAllBytes(said, WorkerProcess.Current.AuthKey), new WorkerOptions { AuthKey = [1, 2, 3] });
        Join(other);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(said));
    }

    [Fact]
    public async Task Process_sentinel_is_set_at_its_end()
    {
        using WorkerProcess worker = new(static () => Thread.Sleep(Timeout.Infinite));
        Assert.Throws<InvalidOperationException>(() => worker.Sentinel);
        worker.Start();
        Assert.False(worker.Sentinel.WaitOne(0));
        Assert.False(worker.Exited.IsCompleted);
        worker.Kill();
        Assert.Equal(0, WaitHandle.WaitAny([worker.Sentinel], s_watchdog));
        await worker.Exited.WaitAsync(s_watchdog);
    }

    [Fact]
    public void Process_terminate_sends_SIGTERM()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        worker.Terminate();
        Join(worker);
        Assert.Equal(-15, worker.ExitCode);
        worker.Terminate();
    }

    [Fact]
    public void Process_kill_sends_SIGKILL()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        worker.Kill();
        Join(worker);
        Assert.Equal(-9, worker.ExitCode);
        worker.Kill();
    }

    [Fact]
    public void Process_close_is_for_those_that_ended()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        Assert.Throws<InvalidOperationException>(worker.Close);
        worker.Kill();
        Join(worker);
        worker.Close();
        worker.Close();
        Assert.Throws<ObjectDisposedException>(() => worker.IsAlive);
        Assert.Throws<ObjectDisposedException>(() => worker.ExitCode);
        Assert.Throws<ObjectDisposedException>(worker.Join);
    }

    [Fact]
    public void Current_process_is_this_one()
    {
        string said = Said;
        Assert.Equal("MainProcess", WorkerProcess.Current.Name);
        Assert.Equal(Environment.ProcessId, WorkerProcess.Current.ProcessId);
        Assert.Same(WorkerProcess.Current, WorkerProcess.Current);
        using WorkerProcess worker = WorkerProcess.Start(
            () => File.WriteAllText(said, $"{WorkerProcess.Current.Name} {WorkerProcess.Current.ProcessId}"), new WorkerOptions { Name = "Ada" });
        Join(worker);
        Assert.Equal($"Ada {worker.ProcessId}", File.ReadAllText(said));
    }

    [Fact]
    public void Parent_process_is_known_to_workers()
    {
        string said = Said;
        Assert.Null(WorkerProcess.Parent);
        using WorkerProcess worker = WorkerProcess.Start(
            () => File.WriteAllText(said, $"{WorkerProcess.Parent!.Name} {WorkerProcess.Parent.ProcessId} {WorkerProcess.Parent.IsAlive}"));
        Join(worker);
        Assert.Equal($"MainProcess {Environment.ProcessId} True", File.ReadAllText(said));
    }

    [Fact]
    public void Active_children_are_those_that_run()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        Assert.Contains(worker, WorkerProcess.ActiveChildren());
        worker.Kill();
        Join(worker);
        Assert.DoesNotContain(worker, WorkerProcess.ActiveChildren());
    }

    [Fact]
    public void Cpu_count_is_what_this_process_may_use() => Assert.InRange(WorkerProcess.CpuCount, 1, Environment.ProcessorCount);

    [Fact]
    public void Freeze_support_returns_in_a_program_that_is_no_worker()
    {
        string said = Said;
        WorkerProcess.RunIfWorker();
        Assert.False(WorkerProcess.IsWorker);
        using WorkerProcess worker = WorkerProcess.Start(() => File.WriteAllText(said, $"{WorkerProcess.IsWorker}"));
        Join(worker);
        Assert.Equal("True", File.ReadAllText(said));
    }

    [Fact]
    public void Log_levels_are_those_of_Python() => Assert.Equal(
        [0, 5, 10, 20, 25],
        [WorkerLog.NotSet, WorkerLog.SubDebug, WorkerLog.Debug, WorkerLog.Info, WorkerLog.SubWarning]);

    [Fact]
    public async Task Log_to_stderr_writes_level_process_and_message()
    {
        ProgramRun run = await RunProgramAsync("""
            using Cohort;
            WorkerLog.Write(WorkerLog.Warning, "nobody listens");
            WorkerLog.LogToStandardError(WorkerLog.SubWarning);
            WorkerLog.Write(WorkerLog.Info, "too low");
            WorkerLog.Write(WorkerLog.SubWarning, "in the program");
            using WorkerProcess worker = WorkerProcess.Start(() => WorkerLog.Write(WorkerLog.Warning, "in a worker"));
            worker.Join();
            """);
        Assert.Equal("[SUBWARNING/MainProcess] in the program\n[WARNING/Worker-1] in a worker\n", run.Errors);
    }

    [Fact]
    public void Log_handlers_get_what_is_at_or_above_the_level()
    {
        List<string> written = [];
        void Note(int level, string message) => written.Add($"{level} {message}");
        int before = WorkerLog.Level;
        WorkerLog.Written += Note;
        try
        {
            WorkerLog.Level = WorkerLog.SubWarning;
            WorkerLog.Write(WorkerLog.Info, "low");
            WorkerLog.Write(WorkerLog.SubWarning, "high");
        }
        finally
        {
            WorkerLog.Written -= Note;
            WorkerLog.Level = before;
        }

        Assert.Equal(["25 high"], written);
    }

    [Fact]
    public async Task Start_method_is_set_once_and_fixed_by_its_use()
    {
        ProgramRun run = await RunProgramAsync("""
            using Cohort;
            Console.WriteLine($"{string.Join(' ', WorkerContext.Names)} {WorkerContext.IsDefaultFixed}");
            WorkerContext.SetDefault(WorkerContext.Get("warm"));
            Console.WriteLine($"{WorkerContext.Default.Name} {WorkerContext.IsDefaultFixed}");
            try
            {
                WorkerContext.SetDefault(WorkerContext.Spawn);
            }
            catch (InvalidOperationException fault)
            {
                Console.WriteLine(fault.Message.Contains("force"));
            }

            WorkerContext.SetDefault(WorkerContext.Spawn, force: true);
            Console.WriteLine(WorkerContext.Default.Name);
            """);
        Assert.Equal("spawn warm False\nwarm True\nTrue\nspawn\n", run.Output);
    }

    [Theory]
    [InlineData("spawn")]
    [InlineData("warm")]
    public void Every_context_starts_workers(string name)
    {
        string said = Said;
        WorkerContext context = WorkerContext.Get(name);
        Assert.Equal(name, context.Name);
        using WorkerProcess worker = WorkerProcess.Start(() => File.WriteAllText(said, "started"), new WorkerOptions { Context = context });
        Join(worker);
        Assert.Equal("started", File.ReadAllText(said));
    }

    [Theory]
    [InlineData("fork")]
    [InlineData("forkserver")]
    public void Fork_is_refused_with_what_to_use_instead(string name)
    {
        PlatformNotSupportedException fault = Assert.Throws<PlatformNotSupportedException>(() => WorkerContext.Get(name));
        Assert.Contains("WorkerContext.Warm", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_context_is_refused_with_the_known_ones()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(static () => WorkerContext.Get("green"));
        Assert.Contains("spawn, warm", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_executable_starts_workers_from_it()
    {
        string marker = _folder.PathOf("used");
        string script = _folder.WriteScript("host.sh", $"#!/bin/sh\ntouch '{marker}'\nexec '{ProgramRun.Dotnet}' \"$PROGRAM\"\n");
        ProgramRun run = await RunProgramAsync(
            """
            using Cohort;
            WorkerProcess.RunIfWorker();
            Environment.SetEnvironmentVariable("PROGRAM", Environment.GetCommandLineArgs()[0]);
            WorkerContext.SetExecutable(args[0]);
            using WorkerProcess worker = WorkerProcess.Start(() => Console.WriteLine("in the worker"));
            worker.Join();
            Console.WriteLine(worker.ExitCode);
            """,
            script);
        Assert.Equal("in the worker\n0\n", run.Output);
        Assert.True(File.Exists(marker));
    }

    private static int? ExitCodeOf(Action target)
    {
        using WorkerProcess worker = WorkerProcess.Start(target);
        Join(worker);
        return worker.ExitCode;
    }

    private static void Join(WorkerProcess worker) => Assert.True(worker.TryJoin(s_watchdog), $"{worker} does not end");

    private static async Task<ProgramRun> RunProgramAsync(string program, params string[] arguments)
    {
        using ExampleFolder folder = new();
        string file = folder.Compile("Program.cs", program);
        return await ProgramRun.SucceedAsync(ProgramRun.Dotnet, [file, .. arguments], s_watchdog);
    }

    private sealed class Speaker(string path, string words) : WorkerProcess
    {
        protected override void Run() => File.WriteAllText(path, words);
    }
}
