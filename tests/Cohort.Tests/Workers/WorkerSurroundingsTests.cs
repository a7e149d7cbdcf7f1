using System.Diagnostics;
using Cohort.Tests.Support;

namespace Cohort.Tests.Workers;

/// <summary>The environment, the folder and the memory that a worker finds.</summary>
public sealed class WorkerSurroundingsTests : WorkerTest
{
    private const string Hooks = "DOTNET_STARTUP_HOOKS";

    [Fact]
    public void Variables_are_inherited_set_and_removed()
    {
        Environment.SetEnvironmentVariable("COHORTTEST_KEPT", "kept");
        Environment.SetEnvironmentVariable("COHORTTEST_GONE", "there");
        try
        {
            Dictionary<string, string?> variables = new() { ["COHORTTEST_NEW"] = "a=b c", ["COHORTTEST_GONE"] = null, ["COHORTTEST_EMPTY"] = "" };
            string[] lines = NativeEnvironmentOf(new WorkerOptions { EnvironmentVariables = variables });
            Assert.Contains("COHORTTEST_KEPT=kept", lines);
            Assert.Contains("COHORTTEST_NEW=a=b c", lines);
            Assert.Contains("COHORTTEST_EMPTY=", lines);
            Assert.DoesNotContain(lines, static line => line.StartsWith("COHORTTEST_GONE", StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable("COHORTTEST_KEPT", null);
            Environment.SetEnvironmentVariable("COHORTTEST_GONE", null);
        }
    }

    [Theory]
    [InlineData("spawn")]
    [InlineData("warm")]
    public void What_a_worker_starts_finds_nothing_of_ours_in_its_environment(string context)
    {
        string[] lines = NativeEnvironmentOf(new WorkerOptions { Context = WorkerContext.Get(context) });
        Assert.DoesNotContain(lines, static line => line.StartsWith("COHORT_", StringComparison.Ordinal));
        string[] own = ["DOTNET_STARTUP_HOOKS", "DOTNET_gcServer", "DOTNET_gcConcurrent", "DOTNET_TieredPGO", "DOTNET_EnableDiagnostics"];
        foreach (string name in own)
        {
            string? here = Environment.GetEnvironmentVariable(name);
            Assert.Equal(here is null ? [] : [$"{name}={here}"], lines.Where(line => line.StartsWith(name + "=", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_startup_hook_of_the_users_runs_first_and_stays_for_what_the_worker_starts()
    {
        string hook = PathOf("UserHook.dll");
        string trace = PathOf("trace");
        File.WriteAllBytes(hook, Compiled.Library("""
            internal class StartupHook
            {
                public static void Initialize() => File.AppendAllText(Environment.GetEnvironmentVariable("HOOK_TRACE")!, "hook ");
            }
            """));
        Dictionary<string, string?> variables = new() { [Hooks] = hook, ["HOOK_TRACE"] = trace };
        string[] lines = NativeEnvironmentOf(new WorkerOptions { EnvironmentVariables = variables });
        Assert.Equal("hook ", File.ReadAllText(trace));
        Assert.Contains($"{Hooks}={hook}", lines);
    }

    [Fact]
    public void Runtime_settings_that_the_user_gives_win()
    {
        Dictionary<string, string?> variables = new() { ["DOTNET_gcConcurrent"] = "1", ["DOTNET_TieredPGO"] = null };
        string[] lines = NativeEnvironmentOf(new WorkerOptions { EnvironmentVariables = variables });
        Assert.Contains("DOTNET_gcConcurrent=1", lines);
        Assert.DoesNotContain(lines, static line => line.StartsWith("DOTNET_TieredPGO=", StringComparison.Ordinal));
    }

    [Fact]
    public void Workers_have_the_collector_of_a_workstation()
    {
        Assert.Equal("False NonConcurrent", NoteOf(WorkerProcess.Start(
            static path => File.WriteAllText(path, $"{System.Runtime.GCSettings.IsServerGC} {(System.Runtime.GCSettings.LatencyMode == System.Runtime.GCLatencyMode.Batch ? "NonConcurrent" : "Concurrent")}"),
            Note)));
    }

    [Fact]
    public void The_working_directory_is_as_asked_or_inherited()
    {
        string note = Note;
        Assert.Equal(Directory.GetCurrentDirectory(), NoteOf(WorkerProcess.Start(
            static path => File.WriteAllText(path, Directory.GetCurrentDirectory()), note)));
        Assert.Equal(Folder, NoteOf(WorkerProcess.Start(
            static path => File.WriteAllText(path, Directory.GetCurrentDirectory()), note, new WorkerOptions { WorkingDirectory = Folder })));
    }

    [Fact]
    public void Standard_input_is_empty() => Assert.Equal("-1", NoteOf(WorkerProcess.Start(
        static path => File.WriteAllText(path, $"{Console.OpenStandardInput().ReadByte()}"), Note)));

    [Theory]
    [InlineData(20_000)]
    [InlineData(40_000)]
    [InlineData(50_000_000)]
    public void An_argument_of_any_size_arrives_and_its_message_is_not_kept(int length)
    {
        byte[] data = new byte[length];
        new Random(5).NextBytes(data);
        string note = NoteOf(WorkerProcess.Start(
            static (path, bytes) =>
            {
                string hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes));
                bool isKept = File.ReadAllText("/proc/self/maps").Contains("cohort-start", StringComparison.Ordinal)
                    || Directory.GetFileSystemEntries("/proc/self/fd").Any(static fd => new FileInfo(fd).LinkTarget?.Contains("memfd", StringComparison.Ordinal) == true
                        && new FileInfo(fd).LinkTarget!.Contains("cohort", StringComparison.Ordinal)
                        && !new FileInfo(fd).LinkTarget!.Contains("cohort-family", StringComparison.Ordinal));
                File.WriteAllText(path, $"{bytes.Length} {hash} {isKept}");
            },
            Note,
            data));
        Assert.Equal($"{length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(data))} False", note);
    }

    [Fact]
    public void Arguments_of_more_than_an_array_can_hold_arrive()
    {
        const int Parts = 34;
        const int PartLength = 64 << 20;
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < 4L * Parts * PartLength, "needs 9 GiB of memory");
        byte[][] parts = [.. Enumerable.Range(1, Parts).Select(static number => new byte[PartLength] is var part && (part[^1] = (byte)number) > 0 ? part : [])];
        Assert.Equal("34 595", NoteOf(WorkerProcess.Start(
            static (path, arrays) => File.WriteAllText(path, $"{arrays.Count(static part => part.Length == PartLength)} {arrays.Sum(static part => part[^1])}"),
            Note,
            parts)));
    }

    /// <summary>What <c>env</c> prints that a worker starts: the C library's environment, not only the one of .NET.</summary>
    private string[] NativeEnvironmentOf(WorkerOptions options)
    {
        WorkerProcess worker = WorkerProcess.Start(
            static path =>
            {
                using Process env = Process.Start(new ProcessStartInfo("env") { RedirectStandardOutput = true })!;
                File.WriteAllText(path, env.StandardOutput.ReadToEnd());
                env.WaitForExit();
            },
            Note,
            options);
        return NoteOf(worker).Split('\n');
    }
}
