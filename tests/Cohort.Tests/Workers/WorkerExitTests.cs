using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Cohort.Messaging;
using Cohort.Platform;

namespace Cohort.Tests.Workers;

/// <summary>How a worker ends, and what is said of it.</summary>
public sealed partial class WorkerExitTests : WorkerTest
{
    [Fact]
    public void Returning_is_0() => Assert.Equal(0, ExitCodeOf(static () => { }));

    [Fact]
    public void Environment_Exit_is_its_code() => Assert.Equal(7, ExitCodeOf(static () => Environment.Exit(7)));

    [Fact]
    public void Environment_Exit_by_another_thread_is_its_code() => Assert.Equal(8, ExitCodeOf(static () =>
    {
        new Thread(static () => Environment.Exit(8)).Start();
        Stay();
    }));

    [Fact]
    public void Environment_ExitCode_counts_when_the_target_returns() =>
        Assert.Equal(5, ExitCodeOf(static () => Environment.ExitCode = 5));

    [Fact]
    public void Only_the_low_8_bits_of_a_code_arrive() => Assert.Equal(3, ExitCodeOf(static () => Environment.Exit(256 + 3)));

    [Fact]
    public void An_exception_is_1() => Assert.Equal(1, ExitCodeOf(static () => throw new InvalidOperationException("expected")));

    [Fact]
    public void An_exception_whose_own_text_fails_is_1() => Assert.Equal(1, ExitCodeOf(static () => throw new BrokenException()));

    [Fact]
    public void An_exception_where_standard_error_is_broken_is_1() => Assert.Equal(1, ExitCodeOf(static () =>
    {
        Console.SetError(new BrokenWriter());
        throw new InvalidOperationException("expected");
    }));

    [Fact]
    public void An_exception_on_a_thread_of_the_workers_own_is_SIGABRT() => Assert.Equal(-6, ExitCodeOf(static () =>
    {
        new Thread(static () => throw new InvalidOperationException("expected")).Start();
        Stay();
    }));

    [Fact]
    public void FailFast_is_SIGABRT() => Assert.Equal(-6, ExitCodeOf(static () => Environment.FailFast("expected")));

    [Fact]
    public void A_stack_overflow_is_a_signal_and_hurts_nobody_else() => Assert.Equal(-6, ExitCodeOf(static () => Overflow(1)));

    [Fact]
    public void A_crash_in_native_code_is_a_signal() => Assert.Equal(-11, ExitCodeOf(static () => LengthOf(8)));

    [Fact]
    public void A_worker_that_broke_its_own_output_succeeds() => Assert.Equal(0, ExitCodeOf(static () =>
    {
        Console.SetOut(new BrokenWriter());
        Console.SetError(new BrokenWriter());
    }));

    [Fact]
    public void A_worker_that_closed_its_own_output_succeeds() => Assert.Equal(0, ExitCodeOf(static () =>
    {
        Console.Out.Close();
        Console.Error.Close();
        Console.OpenStandardOutput().Dispose();
    }));

    [Fact]
    public void What_the_worker_wrote_to_Console_is_flushed()
    {
        using WorkerProcess worker = WorkerProcess.Start(
            static path => WriteUnflushed(path), Note);
        Assert.Equal(0, Join(worker));
        Assert.Equal("unflushed", File.ReadAllText(Note));
    }

    [Fact]
    public void Exit_handlers_run()
    {
        Assert.Equal("handler", NoteOf(WorkerProcess.Start(
            static path => AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllText(path, "handler"), Note)));
    }

    [Fact]
    public void Exit_handlers_run_after_an_exception_as_well()
    {
        using WorkerProcess worker = WorkerProcess.Start(
            static path =>
            {
                AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllText(path, "handler");
                throw new InvalidOperationException("expected");
            },
            Note);
        Assert.Equal(1, Join(worker));
        Assert.Equal("handler", File.ReadAllText(Note));
    }

    [Fact]
    public void Listeners_that_were_left_open_leave_no_path()
    {
        string[] paths = NoteOf(WorkerProcess.Start(
            static (path, folder) =>
            {
                ConnectionListener[] open =
                [
                    new(), new(new UnixDomainSocketEndPoint(Path.Combine(folder, "mine"))),
                    new(new UnixDomainSocketEndPoint(Path.Combine(folder, "taken"))),
                ];
                File.Delete(Path.Combine(folder, "taken"));
                File.WriteAllText(Path.Combine(folder, "taken"), "somebody else's");
                File.WriteAllLines(path, open.Select(static listener => listener.Address.ToString()!));
            },
            Note,
            Folder)).TrimEnd().Split('\n');
        Assert.Equal(3, paths.Length);
        Assert.False(Directory.Exists(Path.GetDirectoryName(paths[0])));
        Assert.False(File.Exists(paths[1]));
        Assert.Equal("somebody else's", File.ReadAllText(paths[2]));
    }

    [Fact]
    public void Terminate_is_SIGTERM_at_once()
    {
        using WorkerProcess worker = StartSaying(static path => WriteAtTheEnd(path));
        worker.Terminate();
        Assert.Equal(-15, Join(worker));
        Assert.Equal("up", File.ReadAllText(Note));
        worker.Terminate();
        Assert.Equal(-15, worker.ExitCode);
    }

    [Fact]
    public void Terminate_of_a_worker_that_has_not_come_up_yet_is_SIGTERM()
    {
        using WorkerProcess worker = WorkerProcess.Start(Stay);
        worker.Terminate();
        Assert.Equal(-15, Join(worker));
    }

    [Fact]
    public void A_worker_may_handle_SIGTERM()
    {
        using WorkerProcess worker = StartSaying(static path =>
        {
            using ManualResetEventSlim asked = new();
            using PosixSignalRegistration handler = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                asked.Set();
            });
            File.WriteAllText(path, "up");
            asked.Wait();
            File.WriteAllText(path, "asked");
        });
        worker.Terminate();
        Assert.Equal(0, Join(worker));
        Assert.Equal("asked", File.ReadAllText(Note));
    }

    [Fact]
    public void Kill_is_SIGKILL_and_takes_what_the_worker_started()
    {
        using WorkerProcess worker = StartSaying(static path =>
        {
            using Process sleeper = Process.Start("sleep", "1000");
            File.WriteAllText(path + ".tmp", $"{sleeper.Id}");
            File.Move(path + ".tmp", path);
            Stay();
        });
        ProcessIdentity sleeper = ProcessIdentity.Of(int.Parse(File.ReadAllText(Note), null))!.Value;
        Assert.True(sleeper.IsAlive);
        worker.Kill();
        Assert.Equal(-9, Join(worker));
        Assert.True(SpinWait.SpinUntil(() => !sleeper.IsAlive, Watchdog));
    }

    [Fact]
    public void A_stopped_worker_can_be_killed()
    {
        using WorkerProcess worker = StartSaying(static path => WriteAtTheEnd(path));
        ProcessIdentity identity = ProcessIdentity.Of(worker.ProcessId!.Value)!.Value;
        Assert.True(identity.TrySignal(Signal.SIGSTOP));
        worker.Kill();
        Assert.Equal(-9, Join(worker));
    }

    /// <summary>Starts a worker and waits until it has written to the note.</summary>
    private WorkerProcess StartSaying(Action<string> target)
    {
        WorkerProcess worker = WorkerProcess.Start(target, Note);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Note) && new FileInfo(Note).Length > 0, Watchdog), $"{worker} says nothing");
        return worker;
    }

    private static void WriteAtTheEnd(string path)
    {
        try
        {
            File.WriteAllText(path, "up");
            Stay();
        }
        finally
        {
            File.WriteAllText(path, "finally");
        }
    }

    private static void WriteUnflushed(string path)
    {
        Console.SetOut(new StreamWriter(path) { AutoFlush = false });
        Console.Write("unflushed");
    }

    /// <summary>Reads in native code where nothing is mapped.</summary>
    [LibraryImport("libc", EntryPoint = "strlen")]
    private static partial nuint LengthOf(nint address);

    private static int Overflow(int depth) => Overflow(depth + 1) + 1;

    private sealed class BrokenException : Exception
    {
        public override string ToString() => throw new NotSupportedException("no text");
    }

    private sealed class BrokenWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Flush() => throw new NotSupportedException("broken");

        public override void Write(char value) => throw new NotSupportedException("broken");
    }
}
