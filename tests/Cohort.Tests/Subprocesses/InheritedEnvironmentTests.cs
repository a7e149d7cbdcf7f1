using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Variables that are no UTF-8 reach a command as the bytes that they are.</summary>
public sealed class InheritedEnvironmentTests : IDisposable
{
    private const string Value = "a\uDCFF☂";
    private static readonly byte[] s_bytes = [(byte)'a', 0xFF, 0xE2, 0x98, 0x82];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RawVariables_Inherited_Survive()
    {
        Dictionary<string, string?> variables = new() { ["COHORT_RAW"] = Value, ["COHORT_\uDCFE"] = "name", ["COHORT_CHANGED"] = Value, ["COHORT_GONE"] = Value };
        using WorkerProcess worker = WorkerProcess.Start(WriteDown, _folder.Root, new WorkerOptions { EnvironmentVariables = variables });
        Assert.True(worker.TryJoin(Watchdog.Limit));
        Assert.Equal(0, worker.ExitCode);

        Assert.Equal(s_bytes, File.ReadAllBytes(_folder.PathOf("same")));
        Assert.Equal(s_bytes, File.ReadAllBytes(_folder.PathOf("added")));
        string all = "\n" + RawText.FromBytes(File.ReadAllBytes(_folder.PathOf("all")));
        Assert.Contains("\nCOHORT_\uDCFE=name\n", all, StringComparison.Ordinal);
        Assert.Contains("\nCOHORT_CHANGED=new\n", all, StringComparison.Ordinal);
        Assert.DoesNotContain("COHORT_GONE", all, StringComparison.Ordinal);
    }

    private static void WriteDown(string folder)
    {
        const string Script = "printf %s \"$COHORT_RAW\"";
        Environment.SetEnvironmentVariable("COHORT_CHANGED", "new");
        Environment.SetEnvironmentVariable("COHORT_GONE", null);
        Subprocess.CheckCall(Subprocess.Shell(Script), new() { StandardOutput = Redirect.ToFile($"{folder}/same") }, Watchdog.Limit);
        Subprocess.CheckCall(
            Subprocess.Shell(Script),
            new() { StandardOutput = Redirect.ToFile($"{folder}/added"), Environment = new Dictionary<string, string?> { ["MORE"] = "1" } },
            Watchdog.Limit);
        Subprocess.CheckCall(["env"], new() { StandardOutput = Redirect.ToFile($"{folder}/all") }, Watchdog.Limit);
    }
}
